"""Calls that wait on a network, several at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock, Thread
from typing import TypeVar

T = TypeVar("T")


def call_all(calls: Sequence[Callable[[], T]], limit: int) -> list[T]:
    """The results of all calls, in their order, with at most ``limit`` under way at a time.

    After a failure no further call begins, but those under way are waited for, so that what they get is not lost.
    Then the first failure, in the order of the calls, is raised.

    >>> call_all([lambda: 1, lambda: 2, lambda: 3], limit=2)
    [1, 2, 3]
    """
    if min(limit, len(calls)) == 1:
        return [call() for call in calls]
    results: dict[int, T] = {}
    failures: dict[int, BaseException] = {}
    waiting, lock = iter(enumerate(calls)), Lock()

    def work() -> None:
        while True:
            with lock:
                following = None if failures else next(waiting, None)
            if following is None:
                return
            index, call = following
            try:
                results[index] = call()
            except BaseException as error:  # noqa: BLE001 - raised below, in the caller's thread
                failures[index] = error

    # Threads of a pool are waited for when the program ends; after Ctrl-C nobody wants to wait for a slow server.
    threads = [Thread(target=work, daemon=True) for _ in range(min(limit, len(calls)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[min(failures)]
    return [results[index] for index in range(len(calls))]
