"""Six principals whose process is killed in the middle of a run: started again, it ends like one that was not.

Here a run is killed once, by a process that has imported everything beforehand; ``test_many_kills`` does it again
and again, with the command line.
"""

from __future__ import annotations

import multiprocessing
import time

import pytest
from toy_runs import Watcher, carry_out, log, request

from policybench.harness.launch import launch

SEEDS = 2
TOLLS = {"environment": "toll-road", "environment_options": ("delay=0.01",)}
ROOMS = {"environment": "cer", "environment_options": ("training_episodes=5",)}

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["policybench.harness.launch", "optuna", "torch"])


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("principal", "steps", "options", "game"),
    [
        ("thompson", 40, (), TOLLS),
        ("gp-bo", 25, ("startup=4",), TOLLS),
        ("tpe", 40, (), TOLLS),
        ("cma-es", 40, (), TOLLS),
        ("ai-economist", 20, ("hidden=16",), TOLLS),
        ("metagrad", 40, ("hidden=16",), ROOMS),
    ],
)
def test_killed_once_a_run_ends_like_one_that_was_not(toy_site, tmp_path, principal, steps, options, game):
    def asked(out):
        return request(out, SEEDS, steps, principal=principal, principal_options=options, **game)

    process = _PROCESSES.Process(target=carry_out, args=(asked(tmp_path / "killed"), toy_site))
    process.start()
    deadline, begun = time.monotonic() + 60, []
    while sum(path.read_bytes().count(b"\n") for path in begun) < 6 * SEEDS:
        assert process.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.005)
        begun = list(tmp_path.rglob("steps.jsonl"))
    process.kill()
    process.join()
    [path] = begun
    assert (path.parent / "checkpoint").exists()
    assert len(log(path.parent)) < SEEDS * steps
    watcher = Watcher()
    killed, whole = launch(asked(tmp_path / "killed"), watcher), launch(asked(tmp_path / "whole"), Watcher())
    assert watcher.begun[0] >= 6
    assert log(killed) == log(whole)
    assert (killed / "final.jsonl").read_bytes() == (whole / "final.jsonl").read_bytes()
