"""How many threads to use: the cores of this process, or one alone for small matrices."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from threadpoolctl import ThreadpoolController

__all__ = ["one_thread", "usable_cores"]


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def one_thread() -> Iterator[None]:
    """Let linear algebra, and torch if it is loaded, compute in this thread alone; afterwards as before.

    Matrices and networks of the size that principals have gain nothing from more threads, and lose much where
    other work keeps the cores busy; and sums are formed in the same order on every machine. The setting is the
    process's, so that other threads compute alone, too, meanwhile. Torch is only seen if it was imported before.

    >>> from threadpoolctl import threadpool_info
    >>> with one_thread():
    ...     {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
    {1}
    """
    with _controller().limit(limits=1, user_api="blas"):
        torch = sys.modules.get("torch")
        if torch is None:
            yield
            return
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)


@cache
def _controller() -> ThreadpoolController:
    import scipy.linalg  # noqa: F401 - its library must be loaded to be found

    return ThreadpoolController()
