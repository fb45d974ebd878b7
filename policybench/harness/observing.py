"""Tells observers how a run goes, from threads of their own: it neither waits for them nor fails with them."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from policybench.observer import ObservedRun, Observer
from policybench.store import FinalRecord, Manifest, StepRecord, dump_lines
from policybench.store.step_log import StepLog

PATIENCE = 60.0
"""Seconds that a run waits at its end for an observer that has not heard of everything yet."""

_LOG = logging.getLogger("policybench")


class Observers:
    """The observers of one run; a context manager around its steps."""

    def __init__(self, observers: Sequence[Observer], manifest: Manifest, path: Path, done: StepLog) -> None:
        """Take in what was done before.

        Args:
            observers: none is told anything before the context is entered.
            manifest: of the run, as it was begun.
            path: the run's folder.
            done: its steps so far.
        """
        run = ObservedRun(path, manifest, run_key(manifest), len(done) // len(manifest.protocol.seeds))
        self._watches = [_Watch(observer, run, done) for observer in observers]
        self._final = b""

    def __enter__(self) -> Observers:
        """Begin to tell."""
        for watch in self._watches:
            watch.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Tell the end, and wait a while until it is heard."""
        for watch in self._watches:
            watch.tell(self._final, last=True)
        for watch in self._watches:
            watch.wait()

    def step(self, records: list[StepRecord]) -> None:
        """A step was done."""
        if self._watches:
            # What principals noted may be their own objects: observers get a copy, made in their own threads.
            lines = dump_lines(records)
            for watch in self._watches:
                watch.tell(lines)

    def finished(self, records: list[FinalRecord]) -> None:
        """The run is finished; observers hear of it when the context is left."""
        self._final = dump_lines(records)


def run_key(manifest: Manifest) -> str:
    """What tells a run from others, whenever it is continued: its configuration, and when it was begun."""
    content = json.dumps([manifest.configuration(), manifest.created.isoformat()], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


class _Watch:
    """One observer and its thread."""

    def __init__(self, observer: Observer, run: ObservedRun, done: StepLog) -> None:
        self._observer, self._done = observer, done
        self._run = ObservedRun(run.path, run.manifest.model_copy(deep=True), run.key, run.done)
        self._name = f"observer {type(observer).__name__}"
        self._queue: SimpleQueue[tuple[bytes, bool]] = SimpleQueue()
        # A daemon: one that hangs must not keep the program from ending.
        self._thread = Thread(target=self._work, name=f"policybench-{self._name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def tell(self, lines: bytes, *, last: bool = False) -> None:
        """Of a step, or, if it is the last that there is to tell, of the final evaluations."""
        self._queue.put((lines, last))

    def wait(self) -> None:
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            _LOG.warning("%s is still busy after %.0f s; it may miss the end of the run", self._name, PATIENCE)

    def _work(self) -> None:
        try:
            first = self._observer.begin(self._run)
            self._tell_past(first)
            while not (told := self._queue.get())[1]:
                self._observer.step([StepRecord.model_validate_json(line) for line in told[0].splitlines()])
            self._observer.end([FinalRecord.model_validate_json(line) for line in told[0].splitlines()])
        except BaseException as error:  # noqa: BLE001 - an observer may fail in any way, and the run goes on
            reason = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")
            _LOG.warning("%s fails and is told nothing more; the run goes on: %s", self._name, reason[:300])

    def _tell_past(self, first: int) -> None:
        """The steps before that it wants to hear of."""
        n_seeds = len(self._run.manifest.protocol.seeds)
        for step in range(max(first, 0), self._run.done):
            rows = self._done[step * n_seeds : (step + 1) * n_seeds]
            self._observer.step([row.model_copy(deep=True) for row in rows])
        self._done = self._done[:0]  # large, and of no more use
