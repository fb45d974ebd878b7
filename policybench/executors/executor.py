"""The interface of an executor."""

from __future__ import annotations

from abc import ABC, abstractmethod

from policybench.executors.messages import Message
from policybench.executors.work import Work


class Executor(ABC):
    """Has works carried out by workers, some at a time; a context manager, after which no worker is left.

    The class receives the options of its spec as keywords; ``seeds_a_part``, ``shares_files`` and ``cores`` are
    known once it is made.
    """

    seeds_a_part: int | None = None
    """How many seeds of a run are one work; None makes each run one work."""

    shares_files = False
    """Whether workers see the driver's folders under the same names."""

    cores = 1
    """Threads that a worker may use."""

    @abstractmethod
    def capacity(self) -> int:
        """How many works may be under way now, at least 0; asked again and again, as nodes come and go."""

    @abstractmethod
    def start(self, work: Work) -> None:
        """Have a work carried out: a worker is to call ``carry_out(work, send)``."""

    @abstractmethod
    def receive(self, timeout: float) -> list[tuple[str, Message]]:
        """What came back, each message with its work's key; those of a work in the order in which they were sent.

        If a worker dies, ``Died`` is the last message of its work.

        Args:
            timeout: seconds to wait for the first message; the list may be empty.
        """

    def interrupt(self) -> bool:
        """Ask all workers to stop soon, as Ctrl-C does, so that what they know is still received.

        Returns:
            Whether they were asked; they are ended without being asked where that cannot be done.
        """
        return False

    @abstractmethod
    def close(self) -> None:
        """End all workers, whatever they do."""

    def __enter__(self) -> Executor:
        """The executor itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """End all workers."""
        self.close()
