"""Two commits side by side: what a principal step costs in each, and what it pays.

    python tests/performance/compare_commits.py db5a8b5 HEAD

Each commit is checked out into a folder of its own, and a process a commit makes principal steps in turns, so that
both meet the same disturbances. What is compared is processor time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
import numpy as np

ROOT = Path(__file__).parents[2]

WORKER = """
import importlib, json, sys, time
import numpy as np
module, n_seeds = sys.argv[1], int(sys.argv[2])
spec = next(iter(importlib.import_module(module).policybench_environments()))
environment = spec.create(range(n_seeds))
environment.prepare()
print(json.dumps([importlib.import_module("policybench").__file__, environment.problem.action_dim]), flush=True)
for line in sys.stdin:
    step, action = json.loads(line)
    before = time.process_time()
    outcomes = environment.evaluate(step, np.tile(action, (n_seeds, 1)))
    print(json.dumps([time.process_time() - before, [o.payoff for o in outcomes]]), flush=True)
"""


@contextmanager
def checkout(commit: str, folder: Path) -> Iterator[Path]:
    """A commit's files in a folder, which is gone afterwards."""
    subprocess.run(["git", "worktree", "add", "--quiet", "--detach", str(folder), commit], cwd=ROOT, check=True)
    try:
        yield folder
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(folder)], cwd=ROOT, check=True)


class Worker:
    """A process that makes principal steps with the code in a folder."""

    def __init__(self, folder: Path, environment: str, n_seeds: int) -> None:
        paths = [folder, folder / "plugins" / environment]
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER, f"policybench_{environment}", str(n_seeds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def wait(self, folder: Path) -> int:
        """Until it is compiled: how many numbers an action has. Refuses other code than that in the folder."""
        assert self._process.stdout is not None
        file, action_dim = json.loads(self._process.stdout.readline())
        used = Path(file)
        if folder.resolve() not in used.resolve().parents:
            raise click.ClickException(f"the process imports {used}, which is not in {folder}")
        return int(action_dim)

    def step(self, number: int, action: list[float]) -> tuple[float, list[float]]:
        """Processor seconds and payoffs of a principal step."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([number, action]), file=self._process.stdin, flush=True)
        seconds, payoffs = json.loads(self._process.stdout.readline())
        return seconds, payoffs


def signal_to_noise(payoffs: np.ndarray) -> float:
    """Variance between actions, less what noise adds to it, over that between seeds; of [n_actions, n_seeds]."""
    noise = payoffs.var(axis=1, ddof=1).mean()
    return float((payoffs.mean(axis=1).var(ddof=1) - noise / payoffs.shape[1]) / noise)


@click.command()
@click.argument("commits", nargs=2)
@click.option("--env", "environment", default="harvest", show_default=True)
@click.option("--seeds", default=10, show_default=True)
@click.option("--steps", default=12, show_default=True, help="Principal steps, each with a random action.")
@click.option("--highest", default=1.0, show_default=True, help="Actions are uniform between 0 and this.")
def main(commits: tuple[str, str], environment: str, seeds: int, steps: int, highest: float) -> None:
    """Compare two COMMITS."""
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folders = [stack.enter_context(checkout(c, base / str(i))) for i, c in enumerate(commits)]
        workers = [stack.enter_context(Worker(folder, environment, seeds)) for folder in folders]
        dims = [worker.wait(folder) for worker, folder in zip(workers, folders, strict=True)]
        times, payoffs = np.zeros((steps, 2)), np.zeros((2, steps, seeds))
        rng = np.random.default_rng(0)
        for step in range(steps):
            action = (highest * rng.random(dims[0])).round(2).tolist()
            for i in (0, 1) if step % 2 else (1, 0):
                times[step, i], payoffs[i, step] = workers[i].step(2_000_000 + step, action)
    for i, commit in enumerate(commits):
        seconds = np.median(times[:, i])
        ratio = signal_to_noise(payoffs[i]) if steps > 2 and seeds > 1 else float("nan")
        click.echo(f"{commit}: {seconds:.3f} CPU-seconds a step of {seeds} seeds, signal to noise {ratio:.1f}")
    ratios = times[:, 0] / times[:, 1]
    low, high = np.quantile(ratios, [0.25, 0.75])
    click.echo(f"{commits[1]} is {np.median(ratios):.2f} times as fast (quartiles {low:.2f} to {high:.2f})")
    correlation = np.corrcoef(payoffs.mean(axis=2))[0, 1]
    click.echo(f"mean payoffs of {steps} actions correlate {correlation:.4f}")


if __name__ == "__main__":
    main()
