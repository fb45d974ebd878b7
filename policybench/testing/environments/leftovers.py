"""What is left of an environment after ``close``."""

from __future__ import annotations

import multiprocessing
import threading
import time
from pathlib import Path

import numpy as np

from policybench.testing.check import fail
from policybench.testing.environments.subject import SEEDS, STEP, EnvironmentSubject, evaluate

_PATIENCE = 5.0
"""Seconds that processes and threads have to end."""


def closing(subject: EnvironmentSubject) -> None:
    """After ``close`` there is no process and no thread left that it started.

    An engine that goes on running keeps the program from ending, after the result and for ever. The harness closes
    every environment, whether its run ended well or not.

    To fix: end in ``close`` what the environment started; a game of PettingZoo in its own ``close``.
    """
    before = _running()
    environment = subject.ready(SEEDS[:1])
    evaluate(environment, STEP, np.array(subject.actions[:1]))
    subject.close()
    until = time.monotonic() + _PATIENCE
    while (left := _running() - before) and time.monotonic() < until:
        time.sleep(0.02)
    if left:
        fail("close() ends all that the environment started", f"still there: {', '.join(sorted(left))}")


def _running() -> set[str]:
    """Processes that this one started, and threads that keep it from ending."""
    processes = {f"process {child.pid}" for child in multiprocessing.active_children()}
    # Only Linux lists the others.
    for listed in Path("/proc/self/task").glob("*/children"):
        try:
            processes |= {f"process {pid}" for pid in listed.read_text().split()}
        except OSError:
            continue
    threads = {f"thread {thread.name}" for thread in threading.enumerate() if not thread.daemon}
    return processes | threads
