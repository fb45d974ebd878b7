"""The copies of a game that are played side by side: all of them in this process, or somewhere else."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from policybench.arrays import Floats
from policybench.pettingzoo.episode import Judge, Verdict
from policybench.pettingzoo.game import Game
from policybench.pettingzoo.roles import Agent
from policybench.pettingzoo.scene import Advance, Scene


class Copies(Protocol):
    """Copies of a game; copy 0 is always in this process."""

    @property
    def first(self) -> Game:
        """Copy 0."""

    @property
    def scenes(self) -> Sequence[Scene]:
        """What is to be seen of each copy."""

    def tell(self, action: Floats, context: np.random.Generator | None) -> None:
        """Let all copies draw their context, if a generator is given, and tell them the principal's action."""

    def begin(self, seeds: Sequence[int]) -> None:
        """Begin an episode of each of the first copies, with its seed."""

    def step(self, actions: Mapping[int, dict[Agent, Any]]) -> dict[int, Advance]:
        """Make a step of some copies; everything is by the copy's number."""

    def judge(self, n: int) -> list[Verdict]:
        """What the episodes of the first ``n`` copies were worth."""

    def close(self) -> None:
        """Free what the copies hold."""


class Here:
    """Copies that are played in this process, one after the other."""

    def __init__(self, games: Sequence[Game], judge: Judge) -> None:
        """Hold one copy or more.

        Args:
            games: the copies.
            judge: of their episodes.
        """
        self.games, self._judge = list(games), judge
        self.first = self.games[0]
        self.reached = 0
        """The copy that was played last, for those who want to know which one failed."""

    @property
    def scenes(self) -> Sequence[Scene]:
        """What is to be seen of each copy."""
        return self.games

    def tell(self, action: Floats, context: np.random.Generator | None) -> None:
        """As ``Copies`` says."""
        for game in self._one_by_one(len(self.games)):
            if context is not None:
                game.context(copy.deepcopy(context))
            game.set_policy(action)

    def begin(self, seeds: Sequence[int]) -> None:
        """As ``Copies`` says."""
        for game, seed in zip(self._one_by_one(len(seeds)), seeds, strict=True):
            game.begin(seed)

    def step(self, actions: Mapping[int, dict[Agent, Any]]) -> dict[int, Advance]:
        """As ``Copies`` says."""
        advances = {}
        for i, joint in actions.items():
            self.reached = i
            advances[i] = self.games[i].step(joint)
        return advances

    def judge(self, n: int) -> list[Verdict]:
        """As ``Copies`` says."""
        return [self._judge(game.episode()) for game in self._one_by_one(n)]

    def close(self) -> None:
        """As ``Copies`` says."""
        while self.games:
            self.games.pop().close()

    def _one_by_one(self, n: int) -> Iterator[Game]:
        for i in range(n):
            self.reached = i
            yield self.games[i]


MakeGame = Callable[[], Game]
"""Makes a copy of a game."""


def make_games(make: MakeGame, n: int) -> list[Game]:
    """Copies of a game; if one cannot be made, those before it are closed."""
    games: list[Game] = []
    try:
        for _ in range(n):
            games.append(make())
    except BaseException:
        for game in games:
            game.close()
        raise
    return games
