"""Measures what Ray adds to runs, in CPU seconds: ``python tests/performance/measure_ray.py ENV SEEDS STEPS``.

A run of so many seeds is made in one process, and then in parts of one seed on a cluster that is started here. It
needs ``policybench-ray`` and psutil.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import psutil

from policybench.harness.display import Display
from policybench.harness.launch import launch
from policybench.plugins import registry
from policybench.suite.comparison import Chosen, ChosenPrincipal, Comparison
from policybench.suite.driver import Driver
from policybench.suite.plan import PlannedRun, plan_runs
from policybench.suite.view import SuiteView

_WORKERS = ("ray::policybench", "ray::IDLE")


def plan(environment: str, out: Path, seeds: int, steps: int) -> list[PlannedRun]:
    """The principal random on an environment."""
    comparison = Comparison(
        principal=[ChosenPrincipal(name="random")],
        environment=[Chosen(name=environment)],
        seeds=seeds,
        steps=steps,
        out=str(out),
    )
    return plan_runs(comparison, "here", 1, lambda line, fails: print(line))


def processes() -> dict[str, list[psutil.Process]]:
    """This process, the workers, and Ray's own."""
    found: dict[str, list[psutil.Process]] = {"driver": [psutil.Process()], "workers": [], "ray": []}
    for process in psutil.Process().children(recursive=True):
        is_worker = process.cmdline()[:1] and process.cmdline()[0].startswith(_WORKERS)
        found["workers" if is_worker else "ray"].append(process)
    return found


def seconds() -> dict[str, float]:
    """CPU seconds so far."""
    return {kind: sum(sum(one.cpu_times()[:2]) for one in group) for kind, group in processes().items()}


def main(environment: str, seeds: int, steps: int) -> None:
    """Print a line for each of three repetitions, and the workers' memory."""
    with tempfile.TemporaryDirectory() as name, registry().executor("ray").spec.create(address="local") as ray:
        out = Path(name)
        Driver(plan(environment, out / "warm", 2, 2), ray, SuiteView()).carry_out()
        for repetition in range(3):
            runs = plan(environment, out / f"ray{repetition}", seeds, steps)
            request = replace(runs[0].request, out=out / f"alone{repetition}")
            begun = time.process_time()
            launch(request, Display())
            alone = time.process_time() - begun
            before, wall = seconds(), time.monotonic()
            Driver(runs, ray, SuiteView()).carry_out()
            wall, after = time.monotonic() - wall, seconds()
            added = {kind: after[kind] - before[kind] for kind in after}
            text = ", ".join(f"{kind} {value:.2f}" for kind, value in added.items())
            print(f"one process {alone:.2f} CPU-s; {seeds} parts: {text} CPU-s in {wall:.1f} s")
        for worker in processes()["workers"]:
            memory = worker.memory_full_info()
            print(f"a worker: {memory.rss / 1e6:.0f} MB, {memory.uss / 1e6:.0f} MB of them its own")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
