"""Where the copies of a game are played: in this process, or in several, whichever was found to be faster."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from policybench.errors import InputError
from policybench.pettingzoo.copies import Copies, Here, make_games
from policybench.pettingzoo.distributed import Distributed
from policybench.pettingzoo.episode import Judge
from policybench.pettingzoo.game import Game
from policybench.threads import usable_cores

TRIAL = 4.0
"""Seconds of play after which a way of playing is judged."""


class Placement:
    """Copies of a game, moved between processes where that saves time.

    Unless the number of workers is given, copies are played in this process for ``TRIAL`` seconds, then as long
    with a process for every core, and from then on in the way that took less time for a step. So what sending
    costs, beside stepping, and what else the machine has to do, is measured on the game itself; and what is over
    sooner never starts a process. Outcomes are the same bytes in either way.

    Attributes:
        copies: as they are played now.
    """

    def __init__(
        self,
        make_env: Callable[[], Any],
        *,
        fresh_copies: bool,
        n: int,
        workers: int | None,
        judge: Callable[[Any], Judge],
    ) -> None:
        """Make the copies.

        Args:
            make_env: makes a game.
            fresh_copies: whether every episode is played with a new one.
            n: number of copies.
            workers: processes beside this one; None: find out.
            judge: what judges the episodes of a game, given what ``make_env`` made.

        Raises:
            InputError: the game is not supported, or cannot be played in workers that were asked for.
        """
        self._make_env, self._fresh_copies, self._n = make_env, fresh_copies, n
        first = make_games(self._make, 1)
        self._judge = judge(first[0].made)
        try:
            if workers and n > 1:
                self.copies: Copies = self._distributed(min(workers, n - 1))
                first[0].close()
            else:
                self.copies = Here([*first, *make_games(self._make, n - 1)], self._judge)
        except BaseException:
            first[0].close()
            raise
        self._more = min(n, usable_cores()) - 1 if workers is None else 0
        self._seconds, self._steps = [0.0, 0.0], [0, 0]

    @property
    def n_workers(self) -> int:
        """Processes beside this one."""
        return self.copies.n_workers if isinstance(self.copies, Distributed) else 0

    def note(self, seconds: float, steps: int) -> None:
        """Count what it took to play all copies side by side, in seconds, for so many game steps."""
        self._seconds[self.n_workers > 0] += seconds
        self._steps[self.n_workers > 0] += steps

    def settle(self) -> None:
        """Move the copies if it is time to; to be called before they are told the principal's action."""
        if not self._more or self._seconds[self.n_workers > 0] < TRIAL:
            return
        if not self.n_workers:
            try:
                self._move(self._distributed(self._more))
            except InputError:
                self._more = 0
            return
        self._more = 0
        here, distributed = (self._seconds[i] / self._steps[i] for i in range(2))
        if distributed > here:
            self._move(Here(make_games(self._make, self._n), self._judge))

    def close(self) -> None:
        """End all processes and close all copies."""
        self.copies.close()

    def _make(self) -> Game:
        return Game(self._make_env, fresh_copies=self._fresh_copies)

    def _distributed(self, workers: int) -> Distributed:
        return Distributed(self._make_env, self._fresh_copies, self._n, workers, self._judge)

    def _move(self, copies: Copies) -> None:
        self.copies.close()
        self.copies = copies
