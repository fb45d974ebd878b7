"""A PettingZoo game as an environment: followers restart, learn by PPO under an action, and are validated."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from gymnasium import spaces

from policybench.actions import check_action, check_actions
from policybench.arrays import Array, Floats
from policybench.environment import Environment
from policybench.errors import ContractError, InputError
from policybench.global_generators import global_states
from policybench.outcome import Outcome, Timesteps
from policybench.pettingzoo.copies import Copies
from policybench.pettingzoo.episode import Judge, Observe, Payoff
from policybench.pettingzoo.learning import Followers
from policybench.pettingzoo.options import FollowerSettings, of_roles
from policybench.pettingzoo.placement import Placement
from policybench.pettingzoo.probe import probe, refuse_global_generators
from policybench.pettingzoo.roles import Agent
from policybench.pettingzoo.rollout import Columns, EpisodeSeeds, chunks, play
from policybench.problem import Problem
from policybench.streams import generator, sequence


class ParallelEnvironment(Environment):
    """What ``from_parallel_env`` makes. Seeds take turns; only random streams differ between them.

    Torch computes on one thread, in the whole process: sums would depend on how many there are.

    Attributes:
        settings: of the followers.
        followers: by role; they are ready after ``train``.
    """

    def __init__(
        self,
        make_env: Callable[[], Any],
        seeds: Sequence[int],
        settings: FollowerSettings,
        *,
        action_space: spaces.Box,
        observation_space: spaces.Dict | None,
        context_space: spaces.Space[Any] | None,
        payoff: Payoff | None,
        observation: Observe | None,
        groups: Mapping[Agent, str] | None,
        roles: Mapping[str, Mapping[str, Any]],
        fresh_copies: bool,
        **problem: Any,
    ) -> None:
        """Make the copies of the game and the followers; arguments as for ``from_parallel_env``."""
        super().__init__(seeds)
        if not np.isfinite(action_space.low).all() or not np.isfinite(action_space.high).all():
            raise InputError(f"action_space: {action_space}; its bounds must be finite.")
        self.settings = settings
        self._placement = Placement(
            make_env,
            fresh_copies=fresh_copies,
            n=settings.games,
            workers=settings.workers,
            judge=lambda game: Judge.of(game, payoff, observation),
        )
        self._closed = False
        try:
            first = self._copies.first
            self._name = first.name
            self._interface = first.interface(groups)
            self._draws_contexts = callable(getattr(first.made, "context", None))
            if self._draws_contexts != (context_space is not None):
                raise InputError(f"game {self._name}: a method context(rng) and context_space go together.")
            self.problem = Problem(
                action_space=action_space,
                observation_space=observation_space or _returns_space(len(self._interface.agents)),
                context_space=context_space,
                **problem,
            )
            chosen = of_roles(settings, roles, [role.name for role in self._interface.roles])
            self.followers = {
                role.name: Followers(role, self.problem.action_dim, chosen[role.name])
                for role in self._interface.roles
            }
        except BaseException:
            self.close()
            raise

    def contexts(self, step: int) -> Array | None:
        """What the game draws for each seed, [n_seeds, ...]; None if it draws nothing."""
        if not self._draws_contexts:
            return None
        return np.stack([self._copies.first.context(generator(seed, step, "context")) for seed in self.seeds])

    def evaluate(self, step: int, actions: Floats, *, gradient: bool = False) -> list[Outcome]:
        """Outcomes of actions [n_seeds, action_dim].

        Raises:
            InputError: an action lies outside the action space, or a gradient is asked for.
            ContractError: the game breaks the rules of a ``ParallelEnv``.
        """
        checked = check_actions(actions, len(self.seeds), self.problem.action_space)
        if gradient:
            raise InputError(f"game {self._name}: has no gradient of its payoff by the action.")
        self._probe()
        return [self._evaluate(seed, step, action) for seed, action in zip(self.seeds, checked, strict=True)]

    def render(self, step: int, action: Floats) -> Iterator[Array]:
        """Frames of the first seed's first validation episode; the game must render ``rgb_array``.

        Raises:
            InputError: the game draws no pictures.
        """
        checked = self._check(action)
        frames: list[Array] = []

        def watch(env: Any) -> None:
            frame = env.render() if env.render_mode == "rgb_array" else None
            if frame is None:
                raise InputError("render: this game draws no pictures; make_env must ask for rgb_array.")
            frames.append(np.asarray(frame))

        if getattr(self._copies.first.made, "render_mode", None) != "rgb_array":
            raise InputError("render: this game draws no pictures; make_env must ask for rgb_array.")
        self._train(self.seeds[0], step, checked)
        self._play(self.seeds[0], step, "validation", range(1), watch)
        return iter(frames)

    def train(self, seed: int, step: int, action: Floats) -> dict[str, Followers]:
        """Followers after learning under an action, by role; their networks can be saved as a start for others."""
        self._probe()
        self._train(seed, step, self._check(action))
        return self.followers

    def close(self) -> None:
        """Close all copies of the game, and end the processes that some were played in."""
        if not self._closed:
            self._closed = True
            self._placement.close()

    @property
    def _copies(self) -> Copies:
        return self._placement.copies

    def _probe(self) -> None:
        """Refuse a game that no outcome of which could be repeated."""
        if self._closed:
            raise RuntimeError("the environment was closed")
        space = self.problem.action_space
        if self._draws_contexts:
            self._copies.first.context(generator(0, 0, "probe context"))
        probe(self._copies.first, self._interface, space.low.astype(np.float64), space.high.astype(np.float64))

    def _evaluate(self, seed: int, step: int, action: Floats) -> Outcome:
        before = global_states()
        training = self._train(seed, step, action)
        n = self.settings.validation_episodes
        payoff, validation = 0.0, 0
        observation: dict[str, Array] = {}
        for chunk in chunks(n, self.settings.games):
            self._play(seed, step, "validation", chunk)
            validation += self._steps(chunk)
            for verdict in self._copies.judge(len(chunk)):
                payoff += verdict.payoff / n
                self._check_seen(verdict.seen)
                for name, values in verdict.seen.items():
                    observation[name] = observation.get(name, 0.0) + values / n
        if not np.isfinite(payoff):
            raise ContractError(f"game {self._name}: payoff {payoff} is not finite")
        refuse_global_generators(self._copies.first, before)
        return Outcome(payoff=payoff, timesteps=Timesteps(training, validation), observation=observation)

    def _train(self, seed: int, step: int, action: Floats) -> int:
        """Let followers restart and learn; returns the game steps that it took."""
        torch.set_num_threads(1)
        self._placement.settle()
        self._copies.tell(action, generator(seed, step, "context") if self._draws_contexts else None)
        space = self.problem.action_space
        low, high = space.low.astype(np.float64), space.high.astype(np.float64)
        scaled = 2 * (action - low) / np.where(high > low, high - low, 1.0) - 1
        for number, followers in enumerate(self.followers.values()):
            followers.restart(sequence(seed, 0, "initial weights", number), scaled)
            followers.learns = True
        timesteps = 0
        for chunk in chunks(self.settings.training_episodes, self.settings.games):
            started = time.perf_counter()
            samples = self._play(seed, step, "training", chunk)
            played = self._steps(chunk)
            if len(chunk) == self.settings.games:
                self._placement.note(time.perf_counter() - started, played)
            self._learn(samples, seed, step, chunk.start)
            timesteps += played
        for followers in self.followers.values():
            followers.learns = False
        return timesteps

    def _learn(self, samples: list[list[Columns]], seed: int, step: int, episode: int) -> None:
        counts = [sum(len(columns.agent) for columns in played) for played in samples]
        if max(counts) < 2:
            raise InputError("games: 1; an update needs at least two samples, and this game gives one an episode.")
        for number, (followers, played) in enumerate(zip(self.followers.values(), samples, strict=True)):
            # Who took part in hardly any step has nothing to learn from.
            if counts[number] >= 2:
                followers.learn(played, generator(seed, step, "training minibatches", episode, number))

    def _play(
        self, seed: int, step: int, phase: str, numbers: range, watch: Callable[[Any], None] | None = None
    ) -> list[list[Columns]]:
        seeds = [
            EpisodeSeeds(
                game=int(sequence(seed, step, f"{phase} game", number).generate_state(1)[0] >> 1),
                actions=generator(seed, step, f"{phase} actions", number),
            )
            for number in numbers
        ]
        policies = list(self.followers.values())
        return play(
            self._copies, seeds, policies, self._interface, longest=self.settings.episode_steps, watch=watch
        )

    def _steps(self, chunk: range) -> int:
        """Game steps of the episodes just played."""
        return sum(scene.steps for scene in self._copies.scenes[: len(chunk)])

    def _check_seen(self, seen: Mapping[str, Array]) -> None:
        shapes = {name: values.shape for name, values in seen.items()}
        declared = {name: part.shape for name, part in self.problem.observation_space.spaces.items()}
        if shapes != declared:
            raise ContractError(
                f"game {self._name}: the principal's observation has shapes {shapes}, declared are {declared}"
            )

    def _check(self, action: Floats) -> Floats:
        return check_action("action", np.asarray(action).tolist(), self.problem.action_space)


def _returns_space(n_agents: int) -> spaces.Dict:
    return spaces.Dict({"returns": spaces.Box(-np.inf, np.inf, (n_agents,), np.float64)})
