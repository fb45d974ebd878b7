"""``from_parallel_env``: a PettingZoo game becomes an environment by one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gymnasium import spaces

from policybench.pettingzoo.episode import Observe, Payoff
from policybench.pettingzoo.options import FollowerSettings, check_settings
from policybench.pettingzoo.roles import Agent
from policybench.problem import Description, Reference

if TYPE_CHECKING:
    from policybench.pettingzoo.environment import ParallelEnvironment


def from_parallel_env(
    make_env: Callable[[], Any],
    seeds: Sequence[int],
    *,
    action_space: spaces.Box,
    description: Description,
    observation_space: spaces.Dict | None = None,
    context_space: spaces.Space[Any] | None = None,
    payoff: Payoff | None = None,
    observation: Observe | None = None,
    groups: Mapping[Agent, str] | None = None,
    roles: Mapping[str, Mapping[str, Any]] | None = None,
    fresh_copies: bool = False,
    steps: int = 1000,
    fine_levels: int = 21,
    coarse_levels: int = 11,
    floor: Reference | None = None,
    ceiling: Reference | None = None,
    payoff_bounds: tuple[float, float] | None = None,
    **followers: Any,
) -> ParallelEnvironment:
    """Any PettingZoo ``ParallelEnv`` with a method ``set_policy(action)`` as an environment.

    In a principal step the game is told the action, [action_dim] float64, by ``set_policy``; followers restart,
    learn for ``training_episodes`` by PPO, and play ``validation_episodes`` without learning. Agents with equal
    spaces form a role. A role shares one network, which is told which of its agents it decides for and the action;
    all roles learn at the same time. ``reset(seed=...)`` must fix all luck of an episode, and ``set_policy`` must
    hold across resets; a game that breaks this is refused where that can be noticed. Networks have no memory:
    recurrent policies are not supported.

    Agents may leave, come back and join later (``env.agents``). The critic's value of the last observation follows
    a truncation, nothing follows a termination. An episode is over when no agent is left that has not ended.

    Supported are actions in Discrete, MultiDiscrete, MultiBinary and Box, and observations in these, and Dict and
    Tuple of them. Real numbers are drawn from normal distributions and moved to the bounds. An action mask, in the
    observation or in the infos under ``action_mask``, is obeyed. Observed numbers between finite bounds are scaled
    by these; others by the mean and deviation of what followers of the role have seen since they restarted. A game
    in turns (``AECEnv``) is converted where its metadata say ``is_parallelizable``.

    A game with a method ``context(rng)`` has contexts: at each principal step it is called with a generator, draws
    a context, returns it and holds it for all episodes until it is called again. Hypergradients are not supported.

    Copies of a game are stepped in several processes where that is found to be faster (``workers``); outcomes are
    the same bytes. Then ``make_env``, ``payoff`` and ``observation`` are called there, too, and must be importable
    or self-contained. ``Environment.close`` ends the processes.

    Args:
        make_env: makes one copy of the game; it is called ``games`` times, or for every episode.
        seeds: as for every environment.
        action_space: of the principal, finite.
        description: prose; ``description.observation`` and ``description.action`` have an entry for each part.
        observation_space: of what the principal sees; by default ``returns``, what each follower got.
        context_space: of the contexts, where the game draws any.
        payoff: of an episode; by default the game's own method ``payoff()`` after the episode's last step, and
            without one the mean over agents of what they got in the episode.
        observation: what the principal sees of an episode, by name; by default the game's own method
            ``principal_observation()``, and without one ``returns``. Payoff and observation are averaged over
            the validation episodes.
        groups: the role of each agent; by default agents with equal spaces form a role, which is called by what
            their names begin with.
        roles: settings that differ in a role, by its name; those up to ``episode_steps`` are the same for all.
        fresh_copies: whether every episode is played with a copy of its own; for games whose ``reset`` leaves
            something of the episode before.
        steps: budget of the ``paper`` protocol, in principal steps.
        fine_levels: as in ``Problem``.
        coarse_levels: as in ``Problem``.
        floor: see ``Problem``.
        ceiling: see ``Problem``.
        payoff_bounds: see ``Problem``.
        followers: settings by the names of ``FollowerSettings``.

    Raises:
        InputError: the game or a setting is not supported.
        TypeError: there is no such setting.
    """
    # Needs torch, which a process that only plays copies of the game does without.
    from policybench.pettingzoo.environment import ParallelEnvironment

    settings = FollowerSettings(**followers)
    check_settings(settings)
    return ParallelEnvironment(
        make_env,
        seeds,
        settings,
        action_space=action_space,
        description=description,
        observation_space=observation_space,
        context_space=context_space,
        payoff=payoff,
        observation=observation,
        groups=groups,
        roles=roles or {},
        fresh_copies=fresh_copies,
        steps=steps,
        fine_levels=fine_levels,
        coarse_levels=coarse_levels,
        floor=floor,
        ceiling=ceiling,
        payoff_bounds=payoff_bounds,
    )
