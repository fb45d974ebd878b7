"""The worker's side of a run's folder: what an ordinary run writes is sent to the driver, who writes it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from policybench.arrays import Floats
from policybench.executors.messages import Doing, Finished, Message, Noted, Saved, Steps
from policybench.store import FinalRecord, Manifest, RunFolder, StepRecord, dump_lines
from policybench.store.names import TRANSCRIPT

_SECONDS_BETWEEN_TEXTS = 1.0


class SendingFolder(RunFolder):
    """Reads what the driver handed over, and sends what is new."""

    def __init__(
        self, path: Path, send: Callable[[Message], None], *, seconds_between: float, sends_transcript: bool
    ) -> None:
        """Go on from the files in a folder.

        Args:
            path: the folder.
            send: takes each message.
            seconds_between: steps that end sooner after the last message are sent together.
            sends_transcript: whether the driver does not see the transcript by itself.
        """
        super().__init__(path)
        self._send = send
        self._lines: list[bytes] = []
        self._payoffs: list[float] = []
        self._sent = -float("inf")
        self._seconds_between = seconds_between
        self._sends_transcript = sends_transcript
        self._noted = self._transcript_size()

    def append(self, records: list[StepRecord]) -> None:
        """Send a step, alone or with those that follow soon."""
        self._lines.append(dump_lines(records))
        self._payoffs.append(float(np.mean([record.payoff for record in records])))
        if time.monotonic() - self._sent >= self._seconds_between:
            self.flush()

    def save(self, content: bytes) -> None:
        """Send a checkpoint, after the steps that lead to it."""
        self.flush()
        self._send(Saved(content))

    def finish(self, manifest: Manifest, final: list[FinalRecord]) -> None:
        """Send the final evaluations."""
        self.flush()
        self._send(Finished(dump_lines(final), len(final)))

    def flush(self) -> None:
        """Send what is waiting."""
        if self._sends_transcript and (size := self._transcript_size()) > self._noted:
            with (self.path / TRANSCRIPT).open("rb") as file:
                file.seek(self._noted)
                self._send(Noted(file.read(size - self._noted)))
            self._noted = size
        if self._lines:
            self._send(Steps(b"".join(self._lines), self._payoffs))
            self._lines, self._payoffs = [], []
        self._sent = time.monotonic()

    def _transcript_size(self) -> int:
        path = self.path / TRANSCRIPT
        return path.stat().st_size if path.is_file() else 0


class SendingProgress:
    """Says what a worker does when no step comes."""

    def __init__(self, send: Callable[[Message], None]) -> None:
        """Begin."""
        self._send = send
        self._sent = -float("inf")

    def begin(self, payoffs: Floats, steps: int) -> None:
        """Nothing: the driver knows where the run stands."""

    def repeated(self, done: int, number: int) -> None:
        """Steps since the last checkpoint are repeated."""
        self._say(f"repeating {done} of {number}")

    def step(self, payoffs: Floats, timesteps: int) -> None:
        """Nothing: the step itself is sent."""

    def recommended(self, done: int, number: int) -> None:
        """Recommendations are evaluated."""
        self._say(f"final evaluations, {done} of {number}")

    def _say(self, text: str) -> None:
        if time.monotonic() - self._sent >= _SECONDS_BETWEEN_TEXTS:
            self._sent = time.monotonic()
            self._send(Doing(text))
