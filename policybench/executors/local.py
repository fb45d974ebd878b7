"""The executor of this machine: some processes that share its cores."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path

from policybench.errors import InputError
from policybench.executors.executor import Executor
from policybench.executors.messages import Died, Message
from policybench.executors.process import work_until_closed
from policybench.executors.work import Work
from policybench.threads import usable_cores

_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
)
"""What linear algebra, torch and numba read when they are loaded."""

_SECONDS_TO_END = 5.0


@dataclass
class _Worker:
    process: SpawnProcess
    connection: Connection
    log: Path
    key: str | None = None


class LocalExecutor(Executor):
    """Processes of this machine; each has its share of the cores, and no more threads than that."""

    shares_files = True

    def __init__(self, *, jobs: int) -> None:
        """Have so many processes at most.

        Raises:
            InputError: there are fewer cores.
        """
        if jobs > usable_cores():
            raise InputError(f"--jobs {jobs}: there are {usable_cores()} cores here; more would be slower")
        self._jobs = jobs
        self.cores = usable_cores() // jobs
        self._workers: list[_Worker] = []
        self._logs = tempfile.TemporaryDirectory(prefix="policybench-")
        self._made = 0

    def capacity(self) -> int:
        """The number of processes."""
        return self._jobs

    def start(self, work: Work) -> None:
        """Give a work to a process that has none; processes are made as they are needed."""
        worker = next((worker for worker in self._workers if worker.key is None), None) or self._new_worker()
        worker.key = work.key
        with suppress(OSError):  # a dead process is noticed when its messages are read
            worker.connection.send(work)

    def receive(self, timeout: float) -> list[tuple[str, Message]]:
        """Messages of all processes."""
        by_connection = {worker.connection: worker for worker in self._workers}
        messages: list[tuple[str, Message]] = []
        for connection in wait(list(by_connection), timeout):
            if isinstance(connection, Connection):
                messages += self._read(by_connection[connection])
        return messages

    def interrupt(self) -> bool:
        """Interrupt those that are at work."""
        for worker in self._workers:
            if worker.key is not None and worker.process.is_alive() and worker.process.pid:
                with suppress(OSError):
                    os.kill(worker.process.pid, signal.SIGTERM)
        return True

    def close(self) -> None:
        """End all processes."""
        for worker in self._workers:
            worker.connection.close()
        for worker in self._workers:
            worker.process.terminate()
            worker.process.join(_SECONDS_TO_END)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
        self._workers = []
        self._logs.cleanup()

    def _new_worker(self) -> _Worker:
        self._made += 1
        log = Path(self._logs.name) / f"{self._made}.txt"
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work_until_closed, args=(theirs, str(log)), daemon=True)
        with _threads(self.cores):
            process.start()
        theirs.close()
        worker = _Worker(process, ours, log)
        self._workers.append(worker)
        return worker

    def _read(self, worker: _Worker) -> list[tuple[str, Message]]:
        messages: list[tuple[str, Message]] = []
        try:
            while worker.connection.poll():
                message = worker.connection.recv()
                if message is None:
                    worker.key = None
                elif worker.key is not None:
                    messages.append((worker.key, message))
        except (EOFError, OSError):
            self._workers.remove(worker)
            worker.connection.close()
            worker.process.join(_SECONDS_TO_END)
            if worker.key is not None:
                messages.append((worker.key, Died(_reason(worker))))
        return messages


def _reason(worker: _Worker) -> str:
    status = worker.process.exitcode
    how = f"killed by signal {-status}" if status is not None and status < 0 else f"ended with status {status}"
    with suppress(OSError):
        lines = worker.log.read_text(encoding="utf-8", errors="replace").split("\n")
        if said := next((line.strip() for line in reversed(lines) if line.strip()), ""):
            return f"{how}; its last line: {said[:200]}"
    return how


@contextmanager
def _threads(number: int) -> Iterator[None]:
    """Processes that start meanwhile use so many threads."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, str(number)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
