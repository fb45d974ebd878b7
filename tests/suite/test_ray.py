"""A real Ray cluster on this machine: whatever dies there, the bytes stay the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from at_once import Silent
from toy_runs import Watcher, log, request

from policybench.harness.launch import launch
from policybench.plugins import registry
from policybench.store import load_run
from policybench.suite.comparison import Chosen, ChosenPrincipal, Comparison
from policybench.suite.driver import Driver
from policybench.suite.plan import plan_runs

pytest.importorskip("policybench_ray", reason="policybench-ray is not installed")
pytest.importorskip("ray", reason="Ray is not installed")

pytestmark = [pytest.mark.usefixtures("toy"), pytest.mark.filterwarnings("ignore")]

PRINCIPALS = ("hill-climbing", "random")


@pytest.fixture
def environ(toy_environ, monkeypatch):
    """Nodes that start from here have the toy plugin, and ask nobody on the network."""
    monkeypatch.setenv("PYTHONPATH", toy_environ["PYTHONPATH"])
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    return toy_environ["PYTHONPATH"]


@pytest.fixture
def cluster(environ):
    """A head without cores for works, and two nodes of one core."""
    from ray.cluster_utils import Cluster

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    workers = [nodes.add_node(num_cpus=1), nodes.add_node(num_cpus=1)]
    yield nodes, workers
    nodes.shutdown()


def drive(out, address, view, steps=40, delay=0.05, seeds=3):
    comparison = Comparison(
        principal=[ChosenPrincipal(name=name) for name in PRINCIPALS],
        environment=[Chosen(name="toll-road", options={"delay": delay})],
        out=str(out),
        seeds=seeds,
        steps=steps,
    )
    with registry().executor("ray").spec.create(address=address) as executor:
        runs = plan_runs(comparison, "test", 1, lambda line, fails: pytest.fail(line))
        return Driver(runs, executor, view).carry_out()


def check(progress, tmp_path, steps=40, delay=0.05, seeds=3):
    assert [(one.status, one.line) for one in progress] == [("finished", "")] * 2
    for one in progress:
        path = one.run.path
        name = one.run.request.principal
        options = [f"delay={delay}"]
        whole = launch(
            request(tmp_path / "whole", seeds, steps, principal=name, environment_options=options), Watcher()
        )
        assert log(path) == log(whole)
        for file in ("final.jsonl", "checkpoint"):
            assert (path / file).read_bytes() == (whole / file).read_bytes()
        assert [part.seeds for part in load_run(path).manifest.parts] == [[seed] for seed in range(seeds)]
        assert not (path / ".parts").exists()


def works_of(environ):
    """The processes of workers that have a work, of nodes that were started from here."""
    found = subprocess.run(["ps", "-ww", "-eo", "pid=,args="], capture_output=True, text=True).stdout
    numbers = [int(line.split()[0]) for line in found.splitlines() if " ray::policybench" in line]
    own = []
    for number in numbers:
        with suppress(OSError):
            if environ.encode() in Path(f"/proc/{number}/environ").read_bytes():
                own.append(number)
    return own


def test_ray_makes_what_one_process_makes(environ, tmp_path):
    progress = drive(tmp_path, "local", Silent(), steps=3, delay=0.0, seeds=2)
    check(progress, tmp_path, steps=3, delay=0.0, seeds=2)


@pytest.mark.slow
def test_two_nodes_and_workers_killed_at_random_change_nothing(environ, cluster, tmp_path):
    nodes, _ = cluster
    rng = random.Random(1)

    class Kills(Silent):
        killed, due = 0, time.monotonic() + 5.0

        def show(self, runs):
            if self.killed < 6 and time.monotonic() > self.due and (works := works_of(environ)):
                os.kill(rng.choice(works), signal.SIGKILL)
                self.killed += 1
                self.due = time.monotonic() + rng.uniform(0.5, 2.5)

    view = Kills()
    progress = drive(tmp_path, nodes.address, view)
    assert view.killed == 6
    assert sum("its work goes on in another" in line for line in view.lines) >= 3
    check(progress, tmp_path)


@pytest.mark.slow
def test_a_node_killed_twice_changes_nothing(environ, cluster, tmp_path):
    nodes, workers = cluster

    class Kills(Silent):
        killed = 0

        def show(self, runs):
            done = sum(one.done for one in runs)
            if self.killed < 2 and done > 40 * (self.killed + 1):
                nodes.remove_node(workers.pop(), allow_graceful=False)
                workers.append(nodes.add_node(num_cpus=1))
                self.killed += 1

    view = Kills()
    progress = drive(tmp_path, nodes.address, view)
    assert view.killed == 2
    assert any("its work goes on in another" in line for line in view.lines)
    check(progress, tmp_path)


@pytest.mark.slow
def test_a_driver_that_is_killed_is_continued_by_the_same_command(environ, cluster, tmp_path):
    nodes, _ = cluster
    options = ["--env", "toll-road delay=0.05", "--seeds", "3", "--steps", "40", "--out", str(tmp_path / "runs")]
    for name in PRINCIPALS:
        options += ["--principal", name]
    command = [sys.executable, "-m", "policybench", "suite", *options, "--executor", "ray"]
    command += ["-x", f"address={nodes.address}"]

    def steps():
        return sum(path.read_bytes().count(b"\n") for path in tmp_path.rglob("steps.jsonl"))

    before = 0
    for _ in range(2):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 120
        while steps() < before + 30:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.kill()
        process.communicate()
        before = steps()
    drive(tmp_path / "runs", nodes.address, Silent())
    progress = drive(tmp_path / "runs", nodes.address, Silent())
    check(progress, tmp_path)
