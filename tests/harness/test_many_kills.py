"""Six principals, each killed again and again at random moments: no byte is lost or changed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time

import pytest

# Checkpoints come often, so that kills hit them, too, and not only the steps between them.
PROGRAM = (
    "from policybench.harness import checkpoints; checkpoints.SECONDS_BETWEEN = 0.3\n"
    "from policybench.cli import main; main()"
)
KILLS = 17


@pytest.mark.slow
@pytest.mark.parametrize(
    ("principal", "steps"),
    [("ucb", 300), ("thompson", 300), ("tpe", 300), ("cma-es", 300), ("ai-economist", 30), ("hill-climbing", 300)],
)
def test_killed_again_and_again_a_run_ends_like_one_that_was_not(toy_environ, tmp_path, principal, steps):
    rng = random.Random(principal)

    def start(out):
        options = [
            "--env",
            "toll-road",
            "-e",
            "delay=0.01",
            "--seeds",
            "3",
            "--steps",
            str(steps),
            "--workers",
            "1",
        ]
        return subprocess.Popen(
            [
                sys.executable,
                "-c",
                PROGRAM,
                "run",
                "--principal",
                principal,
                *options,
                "--quiet",
                "--out",
                str(out),
            ],
            env={**os.environ, **toy_environ},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(out):
        process = start(out)
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        [path] = out.glob("*/*/*/steps.jsonl")
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        for row in rows:
            del row["seconds"]
        return rows, (path.parent / "final.jsonl").read_bytes()

    whole = finish(tmp_path / "whole")
    kills = part = 0
    while kills < KILLS:
        part += 1
        out, longest = tmp_path / f"part{part}", 0
        while kills < KILLS:
            process = start(out)
            deadline = time.monotonic() + 120
            while process.poll() is None and not list(out.glob("*/*/*/steps.jsonl")):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            # From the second time on the log is there before the process has begun: it may be killed while it
            # loads, repeats, saves, or goes on.
            try:
                process.wait(rng.uniform(0.0, 3.0) + (3.0 if longest else 0.0))
                break
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()
            kills += 1
            [log] = out.glob("*/*/*/steps.jsonl")
            assert log.read_bytes().count(b"\n") >= longest
            longest = log.read_bytes().count(b"\n")
        assert finish(out) == whole
