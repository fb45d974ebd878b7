"""Where a run of a suite stands, as people see it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

from policybench.suite.piece import Piece
from policybench.suite.plan import PlannedRun

Status = Literal["waiting", "running", "finished", "failed", "stopped"]


@dataclass
class RunProgress:
    """Where a run stands.

    Attributes:
        run: the run.
        status: what becomes of it.
        doing: what its workers do, if they do not make steps.
        line: why it failed or stopped.
        pieces: once it has begun.
    """

    run: PlannedRun
    status: Status = "waiting"
    doing: str = ""
    line: str = ""
    pieces: list[Piece] = field(default_factory=list)
    _begun: float | None = None
    _done_before: int = 0

    @property
    def done(self) -> int:
        """Steps of seeds that are done."""
        if not self.pieces:
            return self.run.done
        return sum(len(piece.payoffs) * piece.n_seeds for piece in self.pieces)

    @property
    def steps(self) -> int:
        """Steps that all seeds have done, on average."""
        return self.done // len(self.run.manifest.protocol.seeds)

    @property
    def payoff(self) -> float | None:
        """Mean payoff of the last step of each seed; None before the first."""
        last = [(piece.payoffs[-1], piece.n_seeds) for piece in self.pieces if piece.payoffs]
        return sum(payoff * n for payoff, n in last) / sum(n for _, n in last) if last else None

    @property
    def seconds_left(self) -> float | None:
        """Until the last step, at the speed so far; None if nothing is known."""
        if self._begun is None or self.done <= self._done_before:
            return None
        elapsed = time.monotonic() - self._begun
        return elapsed / (self.done - self._done_before) * (self.run.total - self.done)

    def steps_begin(self) -> None:
        """The first step is about to be made; the speed is counted from here."""
        if self._begun is None:
            self._begun, self._done_before = time.monotonic(), self.done
