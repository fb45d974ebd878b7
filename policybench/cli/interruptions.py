"""What Ctrl-C and full disks mean for commands that go on where they stopped when they are given again."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from policybench.arrays import Floats
    from policybench.harness.runner import Progress


class StoppedError(click.ClickException):
    """A command was stopped from outside; the message says what became of its work.

    Attributes:
        status: what the program exits with.
    """

    def __init__(self, message: str, status: int) -> None:
        """Say what became of the work."""
        super().__init__(message)
        self.status = status


@contextmanager
def resumable() -> Iterator[Callable[[], None]]:
    """Commands that lose nothing when they are interrupted; tells the user so.

    A request to end, as schedulers send it, is an interruption too. Some libraries swallow the exception of an
    interruption, or turn it into one of their own; that one was asked for is therefore remembered.

    Yields:
        What raises the interruption again if one was asked for: to be called now and then.

    Raises:
        StoppedError: the user or the system interrupted the command, or a file could not be written.
    """
    asked: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        raise KeyboardInterrupt

    def check() -> None:
        if asked:
            raise KeyboardInterrupt

    with _handled_by(interrupt):
        try:
            yield check
            check()
        except BaseException as error:
            if asked or isinstance(error, KeyboardInterrupt):
                status = 128 + (asked[0] if asked else signal.SIGINT)
                message = "interrupted; nothing is lost, the same command continues"
                raise StoppedError(message, status) from None
            if isinstance(error, OSError) and not isinstance(error, _WRONG_PLACE):
                where = f"{error.filename}: " if error.filename else ""
                message = (
                    f"{where}{error.strerror or error}; what had been finished is kept, give the command again"
                )
                raise StoppedError(message, 1) from None
            raise


class Stopping:
    """A run's progress, passed on to where it is shown; after each call an interruption is checked for."""

    def __init__(self, shown: Progress, check: Callable[[], None]) -> None:
        """Pass on to ``shown``; ``check`` raises if an interruption was asked for."""
        self._shown, self._check = shown, check

    def begin(self, payoffs: Floats, steps: int) -> None:
        """The loop starts."""
        self._shown.begin(payoffs, steps)
        self._check()

    def repeated(self, done: int, number: int) -> None:
        """A step was repeated."""
        self._shown.repeated(done, number)
        self._check()

    def step(self, payoffs: Floats, timesteps: int) -> None:
        """A step was committed."""
        self._shown.step(payoffs, timesteps)
        self._check()

    def recommended(self, done: int, number: int) -> None:
        """A final evaluation begins."""
        self._shown.recommended(done, number)
        self._check()


_WRONG_PLACE = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)
"""What an unsuitable path of the user's leads to; giving the command again would not help."""


@contextmanager
def _handled_by(interrupt: signal._HANDLER) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread alone
        return
    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
