"""A real process that measures a landscape, killed at random moments, and the oracle that reads the result."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from pathlib import Path

from policybench.landscape import load_landscape

COMMAND = [
    *(sys.executable, "-m", "policybench", "landscape", "--env", "toll-road", "--random", "60", "--seeds", "3"),
    *("-e", "delay=0.01", "--quiet", "-o"),
]
FOLDER = Path("toll-road-delay=0.01") / "random=60,seeds=3"


def lines(folder: Path) -> bytes:
    return (folder / "payoffs.jsonl").read_bytes() if (folder / "payoffs.jsonl").exists() else b""


def test_sigkill_at_random_moments_loses_nothing(toy_environ, tmp_path):
    subprocess.run([*COMMAND, tmp_path / "whole"], env=toy_environ, check=True, capture_output=True, timeout=120)
    broken, rng, sizes = tmp_path / "broken", random.Random(3), []
    for _ in range(3):
        process = subprocess.Popen(
            [*COMMAND, str(broken)], env=toy_environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        before, deadline = len(lines(broken / FOLDER)), time.monotonic() + 60
        while len(lines(broken / FOLDER)) <= before:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.1))
        process.kill()
        process.communicate()
        sizes.append(len(lines(broken / FOLDER)))
    assert 0 < sizes[0] < sizes[-1] < len(lines(tmp_path / "whole" / FOLDER))
    with (broken / FOLDER / "payoffs.jsonl").open("ab") as file:
        file.write(b'{"action": 59, "seed')
    subprocess.run([*COMMAND, broken], env=toy_environ, check=True, capture_output=True, timeout=120)
    assert lines(broken / FOLDER) == lines(tmp_path / "whole" / FOLDER)


def test_the_oracle_takes_only_a_landscape_of_the_same_environment_and_options(cli, tmp_path):
    assert cli("landscape", "--env", "toll-road", "--levels", 5, "--seeds", 4, "-e", "days=30").returncode == 0
    where = "landscapes/toll-road-days=30/levels=5,seeds=4"
    run = ("run", "--principal", "landscape-best", "--env", "toll-road", "--protocol", "smoke")
    other = cli(*run, "-p", f"landscape={where}")
    assert other.returncode == 2
    assert other.stderr == (
        f"policybench: -p landscape={where}: is of toll-road-days=30; takes one of toll-road, made by: "
        "policybench landscape --env toll-road\n"
    )
    same = cli(*run, "-p", f"landscape={where}", "-e", "days=30")
    assert same.returncode == 0, same.stderr
    [log] = tmp_path.glob("runs/toll-road-days=30/*/smoke/steps.jsonl")
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    assert {tuple(row["action"]) for row in rows} == {tuple(load_landscape(tmp_path / where).best(""))}
    assert all(row["notes"] == {"oracle": True} for row in rows)
