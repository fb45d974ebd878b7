"""Carries out the runs of a suite: hands pieces to an executor, and writes what comes back into their folders.

Everything that counts is in the folders, so that a driver that is killed loses what was on its way alone.
"""

from __future__ import annotations

import shutil
import time
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Protocol

from policybench.errors import InputError
from policybench.executors import Died, Executor, Message
from policybench.executors.messages import Begun, Doing, Failed, Finished, Refused, Steps
from policybench.store import RunFolder
from policybench.store.merging import join
from policybench.store.names import TRACEBACK
from policybench.suite.piece import Piece
from policybench.suite.plan import PARTS, PlannedRun, order_of
from policybench.suite.progress import RunProgress

MOST_DEATHS = 4
"""So many workers in a row may die on a piece without finishing a step."""

SECONDS_BETWEEN = 0.2
"""Steps that a worker makes in so many seconds are sent together, at least."""

SECONDS_A_WORKER = 0.002
"""So much longer for each worker, so that thousands do not send more than one driver can write."""

_SECONDS_TO_STOP = 10.0
_SECONDS_TO_WAIT = 0.25


class View(Protocol):
    """Shows how the runs go on."""

    def show(self, runs: Sequence[RunProgress]) -> None:
        """Something may have changed."""

    def say(self, line: str) -> None:
        """A line that is to stay."""


class Driver:
    """Carries out runs."""

    def __init__(self, runs: Sequence[PlannedRun], executor: Executor, view: View) -> None:
        """Have runs carried out by an executor that has been entered."""
        self.progress = {run.path: RunProgress(run, "finished" if run.finished else "waiting") for run in runs}
        self._waiting = deque(self.progress[run.path] for run in order_of(runs))
        self._pieces: deque[Piece] = deque()
        self._underway: dict[str, Piece] = {}
        self._attempts = 0
        self._executor, self._view = executor, view
        self._locks: dict[str, ExitStack] = {}

    def carry_out(self) -> list[RunProgress]:
        """Make all runs; one that fails does not stop the others.

        Returns:
            What became of each.

        Raises:
            InputError: a worker has other versions; the message names them.
            KeyboardInterrupt: the user asked to stop; what workers had finished is kept.
        """
        for progress in self.progress.values():
            if progress.status == "finished":  # a driver may have been killed after it had joined them
                shutil.rmtree(progress.run.path / PARTS, ignore_errors=True)
        try:
            while self._waiting or self._pieces or self._underway:
                self._fill()
                for key, message in self._executor.receive(_SECONDS_TO_WAIT):
                    self._take(key, message)
                self._show()
        except KeyboardInterrupt:
            self._stop()
            raise
        finally:
            for lock in self._locks.values():
                lock.close()
        return list(self.progress.values())

    def _fill(self) -> None:
        """Give works to idle workers."""
        while (self._waiting or self._pieces) and len(self._underway) < self._executor.capacity():
            if not self._pieces:
                self._open(self._waiting.popleft())
                continue
            piece = self._pieces.popleft()
            progress = self.progress[piece.run.path]
            if progress.status != "running":
                continue
            try:
                piece.look()
                if not piece.finished:
                    self._start(piece)
                    continue
            except InputError as error:
                self._fail(progress, str(error))
            self._close_if_done(progress)

    def _open(self, progress: RunProgress) -> None:
        run = progress.run
        try:
            self._locks[str(run.path)] = stack = ExitStack()
            stack.enter_context(RunFolder(run.path))
            progress.pieces = [Piece(run, part) for part in run.parts(self._executor.seeds_a_part)]
        except InputError as error:
            self._fail(progress, str(error))
            return
        progress.status = "running"
        self._pieces += progress.pieces

    def _start(self, piece: Piece) -> None:
        self._attempts += 1
        key = f"{self._attempts}"
        self._underway[key] = piece
        seconds = max(SECONDS_BETWEEN, SECONDS_A_WORKER * self._executor.capacity())
        work = piece.work(key, shares_files=self._executor.shares_files, seconds_between=seconds)
        self._executor.start(work)

    def _take(self, key: str, message: Message) -> None:
        piece = self._underway.get(key)
        if piece is None:
            return  # of a worker that was given up
        progress = self.progress[piece.run.path]
        piece.take(message)
        match message:
            case Begun(elsewhere=elsewhere) if elsewhere:
                self._view.say(f"{progress.run.name}: begins anew on another platform ({'; '.join(elsewhere)})")
            case Doing(text):
                progress.doing = text
            case Steps():
                progress.steps_begin()
                progress.doing = ""
            case Refused(line):
                raise InputError(line)
            case Finished():
                del self._underway[key]
            case Died(reason):
                del self._underway[key]
                self._died(progress, piece, reason)
            case Failed(kind, line, traceback):
                del self._underway[key]
                if traceback:
                    path = progress.run.path / TRACEBACK
                    path.write_text(traceback, encoding="utf-8")
                    line = f"{line}; its traceback is in {path}"
                self._fail(progress, line, stopped=kind != "failed")
            case _:
                pass
        if key not in self._underway:
            self._close_if_done(progress)

    def _died(self, progress: RunProgress, piece: Piece, reason: str) -> None:
        piece.deaths += 1
        if piece.deaths >= MOST_DEATHS:
            self._fail(progress, f"{piece.deaths} workers in a row ended before a step was done ({reason})")
        else:
            self._view.say(f"{progress.run.name}: a worker ended ({reason}); its work goes on in another")
            self._pieces.appendleft(piece)

    def _fail(self, progress: RunProgress, line: str, *, stopped: bool = False) -> None:
        if progress.status in ("failed", "stopped"):
            return
        progress.status = "stopped" if stopped else "failed"
        progress.line = line
        self._view.say(f"{progress.status}: {progress.run.name}: {line}")

    def _close_if_done(self, progress: RunProgress) -> None:
        """Join the parts of a run whose pieces are all done, and give its folder back."""
        if any(piece.run.path == progress.run.path for piece in self._underway.values()):
            return
        if progress.status == "running":
            if not all(piece.finished for piece in progress.pieces):
                return
            try:
                self._join(progress)
            except InputError as error:
                self._fail(progress, str(error))
            else:
                progress.status = "finished"
        if lock := self._locks.pop(str(progress.run.path), None):
            lock.close()

    def _join(self, progress: RunProgress) -> None:
        path = progress.run.path
        parts = [piece.path for piece in progress.pieces]
        if parts != [path]:
            join(parts, RunFolder(path))
            shutil.rmtree(path / PARTS)

    def _stop(self) -> None:
        """Take what workers send before they stop: what they know and had no time to save."""
        asked = self._executor.interrupt()
        deadline = time.monotonic() + (_SECONDS_TO_STOP if asked else 0.0)
        while self._underway and time.monotonic() < deadline:
            for key, message in self._executor.receive(_SECONDS_TO_WAIT):
                piece = self._underway.get(key)
                if piece is not None:
                    piece.take(message)
                    if isinstance(message, Finished | Failed | Died | Refused):
                        del self._underway[key]

    def _show(self) -> None:
        self._view.show(list(self.progress.values()))
