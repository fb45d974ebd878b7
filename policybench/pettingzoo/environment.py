"""A PettingZoo game as an environment: followers restart, learn by PPO under an action, and are validated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from pettingzoo import ParallelEnv

from policybench.actions import check_action, check_actions
from policybench.arrays import Array, Floats
from policybench.environment import Environment
from policybench.errors import ContractError, InputError
from policybench.outcome import Outcome, Timesteps
from policybench.pettingzoo.learning import Followers
from policybench.pettingzoo.options import FollowerSettings, check_settings
from policybench.pettingzoo.rollout import Columns, Episode, EpisodeSeeds, chunks, play
from policybench.pettingzoo.views import interface_of
from policybench.problem import Description, Problem, Reference
from policybench.streams import generator, sequence

Payoff = Callable[[Episode], float]
Observe = Callable[[Episode], Mapping[str, Array]]


def from_parallel_env(
    make_env: Callable[[], ParallelEnv],
    seeds: Sequence[int],
    *,
    action_space: spaces.Box,
    description: Description,
    observation_space: spaces.Dict | None = None,
    payoff: Payoff | None = None,
    observation: Observe | None = None,
    steps: int = 1000,
    fine_levels: int = 21,
    coarse_levels: int = 11,
    floor: Reference | None = None,
    ceiling: Reference | None = None,
    **followers: Any,
) -> ParallelEnvironment:
    """Any PettingZoo ``ParallelEnv`` with a method ``set_policy(action)`` as an environment.

    In a principal step the game is told the action, [action_dim] float64, by ``set_policy``; followers restart,
    learn for ``training_episodes`` by PPO, and play ``validation_episodes`` without learning. They share one
    network, which is told which agent it decides for and the action. Agents may end before others do
    (``env.agents`` shrinks); the critic's value of the last observation follows a truncation, nothing follows a
    termination. ``reset(seed=...)`` must fix all luck of an episode, and ``set_policy`` must hold across resets.

    Supported are discrete actions, and observations that are vectors, symbols (integers below 64) or uint8 images,
    the same for all agents; contexts and hypergradients are not.

    Args:
        make_env: makes one copy of the game; it may be called several times.
        seeds: as for every environment.
        action_space: of the principal, finite.
        description: prose; ``description.observation`` and ``description.action`` have an entry for each part.
        observation_space: of what the principal sees; by default ``returns``, what each follower got.
        payoff: of an episode; by default the game's own method ``payoff()`` after the episode's last step, and
            without one the mean over agents of what they got in the episode.
        observation: what the principal sees of an episode, by name; by default the game's own method
            ``principal_observation()``, and without one ``returns``. Payoff and observation are averaged over
            the validation episodes.
        steps: budget of the ``paper`` protocol, in principal steps.
        fine_levels: as in ``Problem``.
        coarse_levels: as in ``Problem``.
        floor: see ``Problem``.
        ceiling: see ``Problem``.
        followers: settings by the names of ``FollowerSettings``.

    Raises:
        InputError: the game or a setting is not supported.
        TypeError: there is no such setting.
    """
    settings = FollowerSettings(**followers)
    check_settings(settings)
    return ParallelEnvironment(
        make_env,
        seeds,
        settings,
        payoff=payoff,
        observation=observation,
        make_problem=lambda n_agents: Problem(
            action_space=action_space,
            observation_space=observation_space or _returns_space(n_agents),
            steps=steps,
            fine_levels=fine_levels,
            coarse_levels=coarse_levels,
            description=description,
            floor=floor,
            ceiling=ceiling,
        ),
    )


class ParallelEnvironment(Environment):
    """What ``from_parallel_env`` makes. Seeds take turns; only random streams differ between them.

    Torch computes on one thread, in the whole process: sums would depend on how many there are.
    """

    def __init__(
        self,
        make_env: Callable[[], ParallelEnv],
        seeds: Sequence[int],
        settings: FollowerSettings,
        *,
        payoff: Payoff | None,
        observation: Observe | None,
        make_problem: Callable[[int], Problem],
    ) -> None:
        """Make the copies of the game and the followers; arguments as for ``from_parallel_env``."""
        super().__init__(seeds)
        self.settings = settings
        self._envs = [make_env() for _ in range(settings.games)]
        self._interface = interface_of(self._envs[0])
        self.problem = make_problem(len(self._interface.agents))
        self._followers = Followers(self._interface, self.problem.action_dim, settings)
        env = self._envs[0]
        self._payoff = payoff or (_own_payoff if hasattr(env, "payoff") else _mean_return)
        has_own = hasattr(env, "principal_observation")
        self._observe = observation or (_own_observation if has_own else _returns)

    def evaluate(self, step: int, actions: Floats, *, gradient: bool = False) -> list[Outcome]:
        """Outcomes of actions [n_seeds, action_dim]; raises ``InputError`` for one outside the action space."""
        checked = check_actions(actions, len(self.seeds), self.problem.action_space)
        return [self._evaluate(seed, step, action) for seed, action in zip(self.seeds, checked, strict=True)]

    def render(self, step: int, action: Floats) -> Iterator[Array]:
        """Frames of the first seed's first validation episode; the game must render ``rgb_array``.

        Raises:
            InputError: the game draws no pictures.
        """
        self._train(self.seeds[0], step, self._check(action))
        frames: list[Array] = []

        def watch(env: ParallelEnv) -> None:
            frame = env.render() if env.render_mode == "rgb_array" else None
            if frame is None:
                raise InputError("render: this game draws no pictures; make_env must ask for rgb_array.")
            frames.append(np.asarray(frame))

        if getattr(self._envs[0], "render_mode", None) != "rgb_array":
            raise InputError("render: this game draws no pictures; make_env must ask for rgb_array.")
        self._play(self.seeds[0], step, "validation", range(1), watch)
        return iter(frames)

    def train(self, seed: int, step: int, action: Floats) -> Followers:
        """Followers after learning under an action; their network can be saved as a starting point for others."""
        self._train(seed, step, self._check(action))
        return self._followers

    def _evaluate(self, seed: int, step: int, action: Floats) -> Outcome:
        training = self._train(seed, step, action)
        n = self.settings.validation_episodes
        payoff, validation = 0.0, 0
        observation: dict[str, Array] = {}
        for chunk in chunks(n, self.settings.games):
            episodes, _ = self._play(seed, step, "validation", chunk)
            for episode in episodes:
                payoff += float(self._payoff(episode)) / n
                validation += len(episode.rewards)
                for name, values in self._seen(episode).items():
                    observation[name] = observation.get(name, 0.0) + values / n
        if not np.isfinite(payoff):
            raise ContractError(f"game {type(self._envs[0]).__name__}: payoff {payoff} is not finite")
        return Outcome(payoff=payoff, timesteps=Timesteps(training, validation), observation=observation)

    def _train(self, seed: int, step: int, action: Floats) -> int:
        """Let followers restart and learn; returns the game steps that it took."""
        torch.set_num_threads(1)
        for env in self._envs:
            env.set_policy(action.copy())
        space = self.problem.action_space
        low, high = space.low.astype(np.float64), space.high.astype(np.float64)
        self._followers.restart(seed, 2 * (action - low) / np.where(high > low, high - low, 1.0) - 1)
        timesteps = 0
        for chunk in chunks(self.settings.training_episodes, self.settings.games):
            episodes, samples = self._play(seed, step, "training", chunk)
            self._followers.learn(samples, generator(seed, step, "training minibatches", chunk.start))
            timesteps += sum(len(episode.rewards) for episode in episodes)
        return timesteps

    def _play(
        self,
        seed: int,
        step: int,
        phase: str,
        numbers: range,
        watch: Callable[[ParallelEnv], None] | None = None,
    ) -> tuple[list[Episode], list[Columns]]:
        lucks = [
            EpisodeSeeds(
                game=int(sequence(seed, step, f"{phase} game", number).generate_state(1)[0] >> 1),
                actions=generator(seed, step, f"{phase} actions", number),
            )
            for number in numbers
        ]
        longest = self.settings.episode_steps
        return play(self._envs, lucks, self._followers, self._interface, longest=longest, watch=watch)

    def _seen(self, episode: Episode) -> dict[str, Array]:
        space = self.problem.observation_space
        seen = {name: np.asarray(values, dtype=np.float64) for name, values in self._observe(episode).items()}
        shapes = {name: values.shape for name, values in seen.items()}
        declared = {name: part.shape for name, part in space.spaces.items()}
        if shapes != declared:
            raise ContractError(
                f"game {type(episode.env).__name__}: the principal's observation has shapes {shapes}, "
                f"declared are {declared}"
            )
        return seen

    def _check(self, action: Floats) -> Floats:
        return check_action("action", np.asarray(action).tolist(), self.problem.action_space)


def _mean_return(episode: Episode) -> float:
    return float(episode.returns.mean())


def _own_payoff(episode: Episode) -> float:
    return float(episode.env.payoff())


def _returns(episode: Episode) -> dict[str, Array]:
    return {"returns": episode.returns}


def _own_observation(episode: Episode) -> Mapping[str, Array]:
    seen: Mapping[str, Array] = episode.env.principal_observation()
    return seen


def _returns_space(n_agents: int) -> spaces.Dict:
    return spaces.Dict({"returns": spaces.Box(-np.inf, np.inf, (n_agents,), np.float64)})
