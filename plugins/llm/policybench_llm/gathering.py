"""Gathers the calls of all seeds that are asked at the same time, so that they can be handed in together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition

from policybench import StopRunError
from policybench_llm.prompt import Messages
from policybench_llm.transcript import Batch, Key

Requests = dict[Key, tuple[Messages, int]]
"""What to ask, and the longest answer in tokens, by call."""


class Gathering:
    """Waits until each seed that is still searching has either a call to hand in or its action for the step.

    Each seed has a thread of its own. Whoever notices that all are there hands in all calls; the others are told.
    """

    def __init__(self, send: Callable[[Requests], Batch]) -> None:
        """Take what hands in calls."""
        self._send, self._changed = send, Condition()
        self._members: dict[int, Callable[[], bool]] = {}
        self._acted: dict[int, int] = {}
        self._waiting: Requests = {}
        self._sent: dict[Key, Batch | BaseException] = {}
        self._failure: BaseException | None = None

    def join(self, seed: int, searching: Callable[[], bool]) -> None:
        """A seed takes part.

        Args:
            seed: which.
            searching: whether it still asks for actions.
        """
        self._members[seed] = searching

    @contextmanager
    def turn(self, seed: int, step: int) -> Iterator[None]:
        """Around all calls of a seed in a step. If one seed fails, the others have nothing to wait for."""
        try:
            yield
        except BaseException as failure:
            self.fail(failure)
            raise
        with self._changed:
            self._acted[seed] = step
            self._changed.notify_all()

    def fail(self, failure: BaseException) -> None:
        """Nothing is handed in any more."""
        with self._changed:
            self._failure = self._failure or failure
            self._changed.notify_all()

    def submit(self, key: Key, messages: Messages, limit: int) -> Batch:
        """Hand in a call together with those of the other seeds.

        Args:
            key: which call.
            messages: what to ask.
            limit: the longest answer, in tokens.

        Returns:
            The batch that it is part of.

        Raises:
            StopRunError: another seed's call failed meanwhile, or the run was interrupted.
            Exception: whatever handing in raised, for each of the calls.
        """
        with self._changed:
            self._waiting[key] = (messages, limit)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._failure or key not in self._waiting or self._complete(key[1]))
            requests = self._taken(key)
        if requests:
            self._hand_in(requests)
        with self._changed:
            self._changed.wait_for(lambda: self._failure or key in self._sent)
            if key not in self._sent:
                raise _again(self._failure)
            sent = self._sent.pop(key)
        if isinstance(sent, BaseException):
            raise sent
        return sent

    def _taken(self, key: Key) -> Requests:
        """All that is waiting, if nobody else took it."""
        if self._failure or key not in self._waiting:
            return {}
        requests, self._waiting = self._waiting, {}
        return dict(sorted(requests.items()))

    def _hand_in(self, requests: Requests) -> None:
        try:
            outcome: Batch | BaseException = self._send(requests)
        except BaseException as failure:  # noqa: BLE001 - raised for each of the calls
            outcome = failure
        with self._changed:
            self._sent |= dict.fromkeys(requests, outcome)
            self._changed.notify_all()

    def _complete(self, step: int) -> bool:
        waiting = {seed for seed, _, _ in self._waiting}
        return all(
            seed in waiting or self._acted.get(seed, -1) >= step or not searching()
            for seed, searching in self._members.items()
        )


def _again(failure: BaseException | None) -> BaseException:
    """What stops one seed stops all; an exception belongs to one thread."""
    if isinstance(failure, StopRunError):
        return StopRunError(str(failure))
    return failure or StopRunError("the run was interrupted")
