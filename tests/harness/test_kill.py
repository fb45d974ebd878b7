"""Real processes, stopped in every way: the same command continues and ends alike."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [
    *(sys.executable, "-m", "policybench", "run", "--principal", "hill-climbing", "--env", "toll-road"),
    *("--seeds", "3", "--steps", "150", "-e", "delay=0.002", "--quiet"),
]
RUN = Path("toll-road-delay=0.002") / "hill-climbing" / "quick-3x150"


def start(environ: dict[str, str], out: Path, **settings: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "--out", str(out)],
        env=environ,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **settings,
    )


def finished(environ: dict[str, str], out: Path) -> tuple[list[dict], bytes]:
    """Run to the end; the step log without its wall-clock field, and the final evaluations."""
    process = start(environ, out)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    rows = [json.loads(line) for line in (out / RUN / "steps.jsonl").read_text().splitlines()]
    for row in rows:
        del row["seconds"]
    return rows, (out / RUN / "final.jsonl").read_bytes()


def wait_for_steps(out: Path) -> None:
    deadline = time.monotonic() + 60
    while not (out / RUN / "steps.jsonl").exists():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture(scope="module")
def uninterrupted(toy_site, tmp_path_factory):
    return finished({**os.environ, "PYTHONPATH": str(toy_site)}, tmp_path_factory.mktemp("whole"))


def test_sigkill_at_random_moments_loses_nothing(toy_environ, tmp_path, uninterrupted):
    rng = random.Random(7)
    lengths = []
    for _ in range(3):
        process = start(toy_environ, tmp_path)
        wait_for_steps(tmp_path)
        time.sleep(rng.uniform(0.3, 0.9))
        process.kill()
        process.communicate()
        lengths.append((tmp_path / RUN / "steps.jsonl").stat().st_size)
    assert lengths[0] > 0
    assert lengths == sorted(lengths)
    assert finished(toy_environ, tmp_path) == uninterrupted


def test_ctrl_c_says_how_to_go_on(toy_environ, tmp_path, uninterrupted):
    process = start(toy_environ, tmp_path)
    wait_for_steps(tmp_path)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.strip() == "policybench: interrupted; nothing is lost, the same command continues"
    assert finished(toy_environ, tmp_path) == uninterrupted


def test_a_full_disk_stops_the_run_and_loses_nothing(toy_environ, tmp_path, uninterrupted):
    limit = 20_000
    process = start(
        toy_environ, tmp_path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    )
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "File too large" in errors
    assert "Traceback" not in errors
    assert finished(toy_environ, tmp_path) == uninterrupted


def test_a_second_process_on_the_same_run_is_refused(toy_environ, tmp_path, uninterrupted):
    first = start(toy_environ, tmp_path)
    wait_for_steps(tmp_path)
    first.send_signal(signal.SIGSTOP)
    second = start(toy_environ, tmp_path)
    _, errors = second.communicate(timeout=60)
    assert second.returncode == 2
    assert "in use by another process" in errors
    first.kill()
    first.communicate()
    assert finished(toy_environ, tmp_path) == uninterrupted
