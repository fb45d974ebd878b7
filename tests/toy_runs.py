"""Runs of the toy plugin, for tests of runner and store."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from policybench.harness import checkpoints
from policybench.harness.launch import Request, launch
from policybench.leaderboard.digest import dump
from policybench.leaderboard.packing import pack, place_of
from policybench.protocol import make_protocol


class Watcher:
    """Records the progress of a run, and may stop it."""

    def __init__(self, stop_after=None):
        self.begun, self.payoffs, self.stop_after = None, [], stop_after

    def begin(self, payoffs, steps):
        self.begun = (len(payoffs), steps)

    def repeated(self, done, number):
        self.again = (done + 1, number)

    def step(self, payoffs, timesteps):
        self.payoffs.append((payoffs.tolist(), timesteps))
        if len(self.payoffs) == self.stop_after:
            raise KeyboardInterrupt

    def recommended(self, done, number):
        self.evaluated = (done, number)


def request(out, seeds=3, steps=8, **changes):
    return replace(Request("hill-climbing", "toll-road", make_protocol("quick", seeds, steps), out=out), **changes)


def submit(run: Path, root: Path) -> Path:
    """Pack a run into the leaderboards below a folder; the submission's file."""
    submission = pack(run)
    path = root / place_of(submission)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dump(submission))
    return path


def log(path: Path) -> list[dict]:
    """The step log without its wall-clock field."""
    rows = [json.loads(line) for line in (path / "steps.jsonl").read_text().splitlines()]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


def carry_out(asked: Request, site: Path) -> None:
    """Carry out a run in a process of its own, where the toy plugin lies in a folder; checkpoints come often."""
    sys.path.insert(0, str(site))
    checkpoints.SECONDS_BETWEEN = 0.05
    launch(asked, Watcher())
