"""TensorBoard: event files, written by its own package, without TensorFlow or torch."""

from __future__ import annotations

from pathlib import Path

from policybench import ObservedRun
from policybench_trackers.tracker import Tracker, library


class TensorBoard(Tracker):
    """Writes event files into ``FOLDER/<environment>/<principal>/<protocol>-<key>``."""

    def __init__(self, folder: str) -> None:
        """Look for the library.

        Raises:
            InputError: it is not installed.
        """
        self._folder = Path(folder)
        self._summary = library("tensorboard.summary", "tensorboard")

    def open(self, run: ObservedRun) -> int:
        """A further event file beside those that are there."""
        manifest = run.manifest
        name = f"{manifest.protocol.label}-{run.key[:8]}"
        folder = self._folder / manifest.environment.variant / manifest.principal.variant / name
        known = _steps_in(folder)
        self._writer = self._summary.Writer(str(folder))
        return known

    def send(self, numbers: dict[str, float], step: int) -> None:
        """One scalar a number."""
        for name, value in numbers.items():
            self._writer.add_scalar(name, value, step=step)

    def close(self, numbers: dict[str, float], *, finished: bool) -> None:
        """The last scalars stand at step 0: they are one each."""
        self.send(numbers, 0)
        self._writer.close()


def _steps_in(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    accumulator = library("tensorboard.backend.event_processing.event_accumulator", "tensorboard")
    events = accumulator.EventAccumulator(str(folder), size_guidance={accumulator.TENSORS: 1})
    events.Reload()
    if "payoff" not in events.Tags()["tensors"]:
        return 0
    return 1 + max(int(event.step) for event in events.Tensors("payoff"))
