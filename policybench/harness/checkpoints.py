"""When the principals' states are saved: often enough that little is repeated, seldom enough that disks last.

The steps after a checkpoint are in the log and are repeated when the run is continued, so a checkpoint saves no
more than the time to repeat them. Some principals have large states, which would fill disks if they were written
every few seconds. What a run writes in checkpoints is therefore bounded; what was too much to write is kept in
memory, and written when the run is interrupted in a way that it can notice.
"""

from __future__ import annotations

import time
from contextlib import suppress

from policybench.harness.panel import Panel
from policybench.store import RunFolder

SECONDS_BETWEEN = 5.0
"""A state is taken when the last one is as old as that."""

MOST_BYTES = 140_000_000
"""What a run writes in checkpoints, beside the last one; a part of the steps may write that part of it."""


class Checkpoints:
    """Saves the states of a run's principals; a context manager around its steps."""

    def __init__(self, folder: RunFolder, panel: Panel, steps: int, seconds_between: float = 0.0) -> None:
        """Begin with a run of so many steps, wherever it stands; checkpoints may be seldomer than usual."""
        self._seconds_between = max(SECONDS_BETWEEN, seconds_between)
        self._folder, self._panel, self._steps = folder, panel, steps
        self._taken = -float("inf")
        self._written = 0
        self._waiting: bytes | None = None
        self._done: int | None = None

    def __enter__(self) -> Checkpoints:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        """Save what the run had reached, if it is interrupted."""
        if kind is None:
            return
        # The interruption itself must be seen, whatever becomes of this attempt.
        with suppress(Exception):
            if self._done is not None:
                self._waiting = self._panel.checkpoint(self._done)
            if self._waiting is not None:
                self._folder.save(self._waiting)

    def step_begins(self) -> None:
        """From here on to ``step_ends`` the principals are between two steps, and their states cannot be saved."""
        self._done = None

    def step_ends(self, done: int) -> None:
        """So many steps are in the log; save the states after them, if it is time."""
        self._done = done
        last = done == self._steps
        if not last and self._panel.repeatable and time.monotonic() - self._taken < self._seconds_between:
            return
        content = self._panel.checkpoint(done)
        self._taken = time.monotonic()
        allowed = MOST_BYTES * done / self._steps
        if last or not self._panel.repeatable or self._written + len(content) <= allowed:
            self._folder.save(content)
            self._written += len(content)
            self._waiting = None
        else:
            self._waiting = content
