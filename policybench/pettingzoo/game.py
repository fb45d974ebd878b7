"""One copy of a PettingZoo game, held to the rules of a ``ParallelEnv``: every breach is one line."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from policybench.arrays import Array, Floats
from policybench.errors import ContractError, InputError
from policybench.pettingzoo.episode import Episode
from policybench.pettingzoo.parallel import as_parallel, check_game, game_name
from policybench.pettingzoo.roles import Agent, Interface, interface_of
from policybench.pettingzoo.scene import Advance, Scene

_EVERYBODY = "__all__"
"""A key that games written for RLlib put beside the agents."""


class Game(Scene):
    """A copy of a game that is played in this process.

    Attributes:
        made: what ``make_env`` made.
        env: the same as a ``ParallelEnv``.
    """

    def __init__(self, make_env: Callable[[], Any], *, fresh_copies: bool = False) -> None:
        """Make a copy of a game.

        Args:
            make_env: makes it.
            fresh_copies: whether every episode is played with a new one.

        Raises:
            InputError: it is no ``ParallelEnv``, or has no ``set_policy``.
        """
        self._make, self._fresh_copies = make_env, fresh_copies
        self._told: dict[str, Any] = {}
        self.made = make_env()
        super().__init__(game_name(self.made))
        try:
            self.env = as_parallel(self.made, self.name)
            check_game(self.made, self.env, self.name)
        except InputError:
            self.close()
            raise
        self._numbers = {agent: i for i, agent in enumerate(self.env.possible_agents)}
        self._out: set[Agent] = set()
        self._used = False
        self._rewards: list[NDArray[np.float64]] = []
        self._said: list[Mapping[Agent, Any]] = []

    def interface(self, groups: Mapping[Agent, str] | None = None) -> Interface:
        """Its agents and their roles; raises ``InputError`` if their spaces are not supported."""
        return interface_of(self.name, self.env, groups)

    def begin(self, seed: int) -> None:
        """Begin an episode.

        Raises:
            InputError: ``reset`` does not return what PettingZoo's does.
            ContractError: nobody takes part, or somebody unknown.
        """
        if self._used and self._fresh_copies:
            self._renew()
        self._used = True
        result = _guarded(self.name, "reset()", self.env.reset, seed=seed)
        if not isinstance(result, tuple) or len(result) != 2 or not isinstance(result[0], Mapping):
            raise InputError(
                f"game {self.name}: reset() returned {_kind(result)}; expected two dicts, observations and infos, "
                "as a ParallelEnv of PettingZoo 1.23 or newer returns."
            )
        observations, infos = result
        self._out.clear()
        self._rewards, self._said = [], []
        self.show([], observations, infos if isinstance(infos, Mapping) else {}, steps=0)
        self.living = self._listed()
        if not self.living:
            raise ContractError(f"game {self.name}: no agents after reset()")
        self._need_observations()

    def step(self, actions: dict[Agent, Any]) -> Advance:
        """Make a step.

        Raises:
            InputError: ``step`` does not return what PettingZoo's does.
            ContractError: something in it is missing, unknown or no number.
        """
        self.steps += 1
        acted = self.living
        result = _guarded(self.name, f"step() number {self.steps}", self.env.step, actions)
        if not isinstance(result, tuple) or len(result) != 5:
            raise InputError(
                f"game {self.name}: step() returned {_kind(result)}; expected five dicts: observations, rewards, "
                "terminations, truncations and infos, as a ParallelEnv of PettingZoo 1.23 or newer returns."
            )
        for value, what in zip(
            result[:4], ("observations", "rewards", "terminations", "truncations"), strict=True
        ):
            if not isinstance(value, Mapping):
                self._refuse(f"{what} are {_kind(value)}", "expected a dict with an entry an agent")
        self.observations, rewards, terminations, truncations, infos = result
        self.infos = infos if isinstance(infos, Mapping) else {}
        terminated = self._flagged(terminations, "termination")
        truncated = self._flagged(truncations, "truncation") - terminated
        listed = self._listed()
        # Who ended stays out, even if the game goes on to list it, until it was gone or is said to play again.
        ended = terminated | truncated
        back = {
            agent for agent in self._out if agent not in listed or (agent in terminations and agent not in ended)
        }
        self._out = (self._out - back) | ended
        self.living = [agent for agent in listed if agent not in self._out]
        self._need_observations()
        self._rewards.append(self._paid(rewards, acted))
        self._said.append(self.infos)
        return Advance(self._rewards[-1], frozenset(terminated), frozenset(truncated))

    def episode(self) -> Episode:
        """The episode so far."""
        return Episode(self.made, np.array(self._rewards).reshape(-1, len(self._numbers)), self._said)

    def set_policy(self, action: Floats) -> None:
        """Tell the game the principal's action."""
        self._told["action"] = action
        _guarded(self.name, "set_policy()", self.made.set_policy, action.copy())

    def context(self, rng: np.random.Generator) -> Array:
        """Draw the context of a principal step, which the game holds until the next one."""
        self._told["context"] = copy.deepcopy(rng)
        return np.asarray(_guarded(self.name, "context()", self.made.context, rng))

    def close(self) -> None:
        """Free what the game holds."""
        close = getattr(self.made, "close", None)
        if callable(close):
            close()

    def _renew(self) -> None:
        """Take a new copy, and tell it all that the old one was told."""
        self.close()
        self.made = self._make()
        self.env = as_parallel(self.made, self.name)
        if "context" in self._told:
            self.context(self._told["context"])
        if "action" in self._told:
            self.set_policy(self._told["action"])

    def _listed(self) -> list[Agent]:
        agents = list(self.env.agents)
        for agent in agents:
            if agent not in self._numbers:
                self._refuse(
                    f"agent {agent!r} takes part", f"its possible_agents are {', '.join(map(str, self._numbers))}"
                )
        return agents

    def _flagged(self, flags: Mapping[Agent, Any], what: str) -> set[Agent]:
        if not flags:
            return set()
        ended = set()
        for agent, flag in flags.items():
            if agent == _EVERYBODY:
                continue
            if agent not in self._numbers:
                self._refuse(
                    f"{what} of agent {agent!r}", f"its possible_agents are {', '.join(map(str, self._numbers))}"
                )
            try:
                if flag is True or (flag is not False and bool(flag)):
                    ended.add(agent)
            except ValueError:
                self._refuse(f"{what} of agent {agent} is {flag!r}", "expected true or false")
        return ended

    def _paid(self, rewards: Mapping[Agent, Any], acted: list[Agent]) -> NDArray[np.float64]:
        row = np.zeros(len(self._numbers))
        for agent, reward in rewards.items():
            if agent == _EVERYBODY:
                continue
            if agent not in self._numbers:
                self._refuse(
                    f"reward of agent {agent!r}", f"its possible_agents are {', '.join(map(str, self._numbers))}"
                )
            row[self._numbers[agent]] = (
                reward if isinstance(reward, float | int | np.generic) else self._number(agent, reward)
            )
        if not np.isfinite(row).all():
            agent = list(self._numbers)[int(np.argmin(np.isfinite(row)))]
            self._refuse(f"reward of agent {agent} is {rewards[agent]}", "expected a finite number")
        for agent in acted:
            if agent not in rewards and agent in self.living:
                self._refuse(f"no reward of agent {agent}", "expected one for everybody who acted and goes on")
        return row

    def _number(self, agent: Agent, reward: Any) -> float:
        try:
            values = np.asarray(reward, dtype=np.float64)
        except (TypeError, ValueError):
            values = np.zeros(0)
        if reward is None or values.size != 1:
            self._refuse(f"reward of agent {agent} is {_kind(reward)}", "expected a number")
        return float(values.ravel()[0])

    def _need_observations(self) -> None:
        for agent in self.living:
            if agent not in self.observations:
                self._refuse(f"no observation of agent {agent}", "expected one for everybody who acts next")

    def _refuse(self, got: str, expected: str) -> NoReturn:
        raise ContractError(f"{self.moment}: {got}; {expected}")


def _guarded(name: str, what: str, call: Any, *args: Any, **kwargs: Any) -> Any:
    """Call the game; one that ends the program, as games with windows do, is refused instead."""
    try:
        return call(*args, **kwargs)
    except SystemExit as error:
        raise ContractError(
            f"game {name}: {what} ended the program (SystemExit {error.code}); expected it to return"
        ) from error


def _kind(value: Any) -> str:
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return "None" if value is None else f"a {type(value).__name__}"
