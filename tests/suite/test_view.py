"""What people see of a suite, and what they are told before it begins."""

from __future__ import annotations

import io

import pytest
from at_once import AtOnce
from rich.console import Console
from toy_runs import Watcher, request

from policybench import plugins, runs
from policybench.harness.launch import launch
from policybench.suite.comparison import Chosen, ChosenPrincipal, Comparison
from policybench.suite.driver import Driver
from policybench.suite.estimate import estimate
from policybench.suite.plan import plan_runs
from policybench.suite.view import LiveView, table_of

pytestmark = pytest.mark.usefixtures("toy")


def plan(out, *principals, steps=4):
    comparison = Comparison(
        principal=[ChosenPrincipal(name=name) for name in principals],
        environment=[Chosen(name="toll-road")],
        out=str(out),
        seeds=2,
        steps=steps,
    )
    return plan_runs(comparison, "test", 1, lambda line, fails: pytest.fail(line))


def test_a_live_table_shows_every_run_with_step_payoff_and_what_becomes_of_it(tmp_path):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100, height=30)
    with LiveView(console) as view:
        found = Driver(plan(tmp_path, "random", "hill-climbing"), AtOnce(), view).carry_out()
    last = screen.getvalue().rpartition("principal")[2]
    for one in found:
        [row] = [line for line in last.splitlines() if line.startswith(one.run.principal)]
        assert row.split()[:2] == [one.run.principal, "toll-road"]
        assert "4/4" in row
        assert f"{one.payoff:.4g}" in row
        assert "finished" in row


def test_a_small_screen_shows_the_runs_that_are_under_way(tmp_path):
    progress = Driver(plan(tmp_path, "random", "hill-climbing", "ucb"), AtOnce(), None).progress.values()
    list(progress)[1].status = "running"
    console = Console(file=io.StringIO(), width=80)
    console.print(table_of(list(progress), 3))
    assert "hill-climbing" in console.file.getvalue()
    assert "random" not in console.file.getvalue()
    assert "and 2 more" in console.file.getvalue()


def test_times_and_costs_are_those_of_recorded_runs(tmp_path, monkeypatch):
    climber = plugins.registry().principals["hill-climbing"].spec.load()
    monkeypatch.setattr(climber, "notes", lambda self: {"cost": {"calls": 1, "usd": 0.5}})
    monkeypatch.setattr(climber, "hosted", True)
    [before] = estimate(plan(tmp_path, "hill-climbing", steps=10), tmp_path)
    assert (before.seconds, before.costs) == (None, None)
    path = launch(request(tmp_path, 2, 4, environment_options=[]), Watcher())
    seconds = runs.load(path)[0].steps.seconds.mean()
    own, other = estimate(plan(tmp_path, "hill-climbing", "random", steps=10), tmp_path)
    assert own.costs == {"calls": 20, "usd": 10.0}
    cores = min(2, runs.load(path)[0].manifest.machine.cores)
    assert own.seconds == pytest.approx(seconds * cores * 2 * (10 + 25))
    assert (other.basis, other.costs) == ("steps of the environment alone", {})


def test_a_part_is_made_from_python_too(tmp_path):
    part = runs.run("random", "toll-road", seeds=3, steps=2, part="2/3", out=tmp_path)
    assert part.manifest.protocol.seeds == [1]
    assert part.path.name == "quick-3x2-part-2-of-3"
