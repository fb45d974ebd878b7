"""What all trackers share: they are told everything from the first step on, and send what is not there yet."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from policybench import InputError, ObservedRun, Observer
from policybench.store import FinalRecord, StepRecord
from policybench_trackers.numbers import Numbers


class Tracker(Observer):
    """Sends a run's numbers; one that is continued goes on where the tracker's own copy ends."""

    def begin(self, run: ObservedRun) -> int:
        """Open the tracked run, and ask for all steps: sums count from the first one on."""
        self._numbers = Numbers(run.manifest)
        self._known = self.open(run)
        return 0

    def step(self, records: Sequence[StepRecord]) -> None:
        """Send the numbers of a step, unless they are there."""
        numbers = self._numbers.step(records)
        if records[0].step >= self._known:
            self.send(numbers, records[0].step)

    def end(self, final: Sequence[FinalRecord]) -> None:
        """Send what the recommendations pay, and close the tracked run."""
        self.close(self._numbers.final(final), finished=bool(final))

    @abstractmethod
    def open(self, run: ObservedRun) -> int:
        """Find the tracked run by ``run.key``, or begin it; returns the first step that it does not hold."""

    @abstractmethod
    def send(self, numbers: dict[str, float], step: int) -> None:
        """Keep the numbers of a step."""

    @abstractmethod
    def close(self, numbers: dict[str, float], *, finished: bool) -> None:
        """Keep the last numbers, and say whether the run is finished or only interrupted."""


def library(name: str, extra: str) -> Any:
    """A tracker's library.

    Raises:
        InputError: it is not installed.
    """
    try:
        return import_module(name)
    except ImportError:
        raise InputError(
            f"--observe {extra}: its library is not installed; pip install 'policybench-trackers[{extra}]'"
        ) from None
