"""The interface of an observer: it is told how a run goes, and can neither change nor stop it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from policybench.store import FinalRecord, Manifest, StepRecord


@dataclass(frozen=True)
class ObservedRun:
    """The run that an observer is told of.

    Attributes:
        path: its folder.
        manifest: what it is made with; a copy.
        key: 32 hexadecimal digits, the same whenever the run is continued, another one after ``--fresh``.
        done: steps that were done before.
    """

    path: Path
    manifest: Manifest
    key: str
    done: int


class Observer:
    """Is told of a run's begin, its steps and its end, each time in one and the same thread of its own.

    The run does not wait for it, but for a while at its end. What it is given are copies. If it raises anything,
    one warning names it, and it is told nothing more.
    """

    def begin(self, run: ObservedRun) -> int:
        """The run begins, or is continued.

        Returns:
            The step from which on it wants to be told; of a run that is continued it may have missed some. By
            default it is told of what happens from now on, ``run.done``.
        """
        return run.done

    def step(self, records: Sequence[StepRecord]) -> None:
        """A step was done: a record a seed, in the order of ``manifest.protocol.seeds``."""

    def end(self, final: Sequence[FinalRecord]) -> None:
        """The run is finished, with these evaluations of its recommendations; none if it was interrupted."""
