"""Copies of a game in several processes, which all step at the same time."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import cloudpickle
import numpy as np

from policybench.arrays import Floats
from policybench.errors import ContractError, InputError
from policybench.pettingzoo.copies import Here, make_games
from policybench.pettingzoo.episode import Judge, Verdict
from policybench.pettingzoo.game import Game
from policybench.pettingzoo.roles import Agent
from policybench.pettingzoo.scene import Advance, Scene
from policybench.pettingzoo.worker import Failure, read, write

_PATIENCE = 5.0
"""Seconds that a process has to end by itself."""


class Distributed:
    """Copies of which some are played in this process and the others in workers; results are the same bytes.

    Copy i is played in process i % n_processes, of which this one is number 0, so that few copies use many
    processes, too. Each process gets one message a step.

    Attributes:
        n_workers: processes beside this one.
    """

    def __init__(
        self, make_env: Callable[[], Any], fresh_copies: bool, n: int, workers: int, judge: Judge
    ) -> None:
        """Start the workers and make the copies.

        Args:
            make_env: makes a game.
            fresh_copies: whether every episode is played with a new one.
            n: number of copies.
            workers: processes beside this one; fewer than ``n``.
            judge: of the copies' episodes.

        Raises:
            InputError: the game cannot be sent to another process, or not be made there.
        """
        self.n_workers, self._n_processes = workers, workers + 1
        self._workers: list[_Worker] = []
        shares = [len(range(number, n, self._n_processes)) for number in range(self._n_processes)]
        name = "the game"
        try:
            tasks = [cloudpickle.dumps((make_env, fresh_copies, share, judge)) for share in shares[1:]]
            self._workers = [_Worker(task) for task in tasks]
            self._here = Here(make_games(lambda: Game(make_env, fresh_copies=fresh_copies), shares[0]), judge)
            name = f"game {self._here.first.name}"
            for worker in self._workers:
                worker.answer()
        except Exception as error:  # noqa: BLE001 - what may go wrong is the game's
            self.close()
            cause = error.error if isinstance(error, _FailedError) else error
            reason = " ".join(f"{type(cause).__name__}: {cause}".split())[:200]
            raise InputError(
                f"workers: {workers}; {name} cannot be played in another process: {reason}; make_env must be "
                "importable or self-contained. Use workers=0."
            ) from cause
        self.first = self._here.first
        self.scenes: Sequence[Scene] = [
            Scene(self.first.name) if i % self._n_processes else self._here.games[i // self._n_processes]
            for i in range(n)
        ]

    def tell(self, action: Floats, context: np.random.Generator | None) -> None:
        """As ``Copies`` says."""
        self._all("tell", [(action, context)] * self._n_processes)

    def begin(self, seeds: Sequence[int]) -> None:
        """As ``Copies`` says."""
        parts = [(seeds[number :: self._n_processes],) for number in range(self._n_processes)]
        for number, shown in enumerate(self._all("begin", parts)):
            for i, each in enumerate(shown if number else []):
                self.scenes[self._copy(number, i)].show(*each)

    def step(self, actions: Mapping[int, dict[Agent, Any]]) -> dict[int, Advance]:
        """As ``Copies`` says."""
        parts: list[dict[int, Any]] = [{} for _ in range(self._n_processes)]
        for i, joint in actions.items():
            parts[i % self._n_processes][i // self._n_processes] = joint
        advances = {}
        for number, found in enumerate(self._all("step", [(part,) for part in parts])):
            for i, each in found.items():
                copy = self._copy(number, i)
                if number:
                    advances[copy], shown = each
                    self.scenes[copy].show(*shown)
                else:
                    advances[copy] = each
        return advances

    def judge(self, n: int) -> list[Verdict]:
        """As ``Copies`` says."""
        shares = [(len(range(number, n, self._n_processes)),) for number in range(self._n_processes)]
        parts: list[Iterator[Verdict]] = [iter(part) for part in self._all("judge", shares)]
        return [next(parts[i % self._n_processes]) for i in range(n)]

    def close(self) -> None:
        """As ``Copies`` says."""
        for worker in self._workers:
            worker.hang_up()
        while self._workers:
            self._workers.pop().wait()
        if hasattr(self, "_here"):
            self._here.close()

    def _copy(self, number: int, i: int) -> int:
        """Which copy is the i-th of a process."""
        return i * self._n_processes + number

    def _all(self, method: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """What a method of ``Here`` returns in each process; all of them work at the same time.

        The failure of the first copy that failed is raised, as it would be if all were in one process.
        """
        # Whose copies have all ended is left in peace.
        asked = [method != "step" or bool(mine[0]) for mine in arguments]
        for worker, mine, has_work in zip(self._workers, arguments[1:], asked[1:], strict=True):
            if has_work:
                worker.ask(method, mine)
        failures: dict[int, Exception] = {}
        results: list[Any] = []
        try:
            results.append(getattr(self._here, method)(*arguments[0]))
        except Exception as error:  # noqa: BLE001 - raised below; first, every answer is taken
            failures[self._copy(0, self._here.reached)] = error
            results.append(None)
        for number, worker in enumerate(self._workers, start=1):
            try:
                results.append(worker.answer(self.first.name) if asked[number] else {})
            except _FailedError as failed:
                failures[self._copy(number, failed.copy)] = failed.error
        if failures:
            raise failures[min(failures)]
        return results


class _FailedError(Exception):
    """A copy failed in a worker."""

    def __init__(self, copy: int, error: Exception) -> None:
        self.copy, self.error = copy, error
        super().__init__(str(error))


class _Worker:
    """A process that plays some copies."""

    def __init__(self, task: bytes) -> None:
        """Start it; its first answer says whether it could make its games."""
        places = [os.path.abspath(place) for place in sys.path]  # noqa: PTH100 - resolving links would change names
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from policybench.pettingzoo.worker import main; main()"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        self._send(task)

    def ask(self, method: str, arguments: tuple[Any, ...]) -> None:
        """Let it begin to work."""
        self._send(pickle.dumps((method, arguments), protocol=pickle.HIGHEST_PROTOCOL))

    def answer(self, name: str = "game") -> Any:
        """What came of it; waits for it."""
        try:
            answer = pickle.loads(read(self._from))
        except (EOFError, OSError):
            raise _FailedError(0, self._ended(name)) from None
        if isinstance(answer, Failure):
            raise _FailedError(*answer)
        return answer

    def hang_up(self) -> None:
        """Let it end, whatever it is doing."""
        for pipe in (self._to, self._from):
            with suppress(OSError):
                pipe.close()

    def wait(self) -> None:
        """See that it ends."""
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _send(self, content: bytes) -> None:
        # If it has ended, the missing answer says so.
        with suppress(OSError):
            write(self._to, content)

    def _ended(self, name: str) -> ContractError:
        status = self._process.wait()
        return ContractError(f"game {name}: it ended the process that played it (status {status})")
