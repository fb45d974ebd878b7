"""What a principal costs the machine: files and time."""

from __future__ import annotations

import time
from collections.abc import Callable

from policybench.store.names import TRANSCRIPT
from policybench.testing.check import fail
from policybench.testing.principals.subject import N_STEPS, PrincipalSubject
from policybench.testing.writes import watched

COST_LIMIT = 10.0
"""CPU time of ask and tell, in units of a million turns of an empty Python loop."""


def writes_stay_in_the_folder(subject: PrincipalSubject) -> None:
    """It writes no files but temporary ones and ``transcript.jsonl`` in the folder of its run.

    A run is one folder: it can be moved, packed and removed, and ``--fresh`` starts over by removing the files
    that it knows. What is downloaded or compiled once, in the first step, may be kept in a cache elsewhere.

    To fix: keep what must survive in ``state_dict``; a log of calls in ``workspace.transcript``; everything else
    in files of ``tempfile``.
    """
    case = subject.sound[0]
    with subject.game(case) as begun:
        begun.play(1)
        with watched() as written:
            begun.play(N_STEPS)
            begun.recommended()
        outside = [path for path in written if not path.startswith(str(begun.folder))]
        kept = sorted({path.name for path in begun.folder.iterdir()} - {TRANSCRIPT})
    if outside:
        fail("it writes below workspace.folder only", f"it wrote {outside[0]}")
    if kept:
        fail(f"it keeps {TRANSCRIPT} in workspace.folder, and nothing else", f"it left {', '.join(kept)}")


def overhead(subject: PrincipalSubject) -> None:
    """Ask and tell together take little: less CPU time than ten million turns of an empty Python loop, on average.

    Environments cost what they cost; the principal should not be what a benchmark waits for. The unit is measured
    beside it, so that a slow machine does not fail a fast principal. Waiting, for a network, say, is free.

    To fix: profile ``ask`` and ``tell``; thin out what is fitted again from scratch in each step.
    """
    case = subject.sound[0]
    unit = min(_cpu_seconds(_million_turns) for _ in range(3))
    with subject.game(case) as begun:
        begun.play(1)
        cost = _cpu_seconds(lambda: begun.play(N_STEPS)) / N_STEPS / unit
    if cost > COST_LIMIT:
        fail(
            f"ask and tell take at most {COST_LIMIT:g} units of CPU time, a unit being {unit * 1000:.0f} ms here",
            f"{cost:.1f} units",
        )


def _million_turns() -> None:
    for _ in range(1_000_000):
        pass


def _cpu_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
