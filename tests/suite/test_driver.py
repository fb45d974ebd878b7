"""What the driver leaves in the folders of runs, however often workers die, and what it does with failures."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from at_once import AtOnce, Silent, elsewhere
from toy_runs import Watcher, log, request

from policybench import InputError, StopRunError, plugins
from policybench.harness import checkpoints
from policybench.harness.launch import launch
from policybench.store import load_run
from policybench.suite import driver
from policybench.suite.comparison import Chosen, ChosenPrincipal, Comparison
from policybench.suite.driver import MOST_DEATHS, Driver
from policybench.suite.plan import plan_runs

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """Every step is sent by itself, and every second one is followed by a checkpoint."""
    monkeypatch.setattr(driver, "SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(driver, "SECONDS_A_WORKER", 0.0)
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN", 0.0)


def plan(out, principals=("hill-climbing",), **changes):
    content = {"seeds": 3, "steps": 6, "out": str(out), **changes}
    comparison = Comparison(
        principal=[ChosenPrincipal(name=name) for name in principals],
        environment=[Chosen(name="toll-road")],
        **content,
    )
    return plan_runs(comparison, "test", 1, lambda line, fails: pytest.fail(line))


def drive(out, executor, view=None, **changes):
    return Driver(plan(out, **changes), executor, view or Silent()).carry_out()


@pytest.fixture(scope="module")
def whole(toy_site, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(toy_site))
        plugins.registry.cache_clear()
        return launch(request(tmp_path_factory.mktemp("whole"), 3, 6), Watcher())


def same(path, whole):
    assert log(path) == log(whole)
    for name in ("final.jsonl", "checkpoint"):
        assert (path / name).read_bytes() == (whole / name).read_bytes()
    assert load_run(path).manifest.status == "finished"
    assert not (path / ".parts").exists()
    return True


@pytest.mark.parametrize("seeds_a_part", [None, 1, 2])
@pytest.mark.parametrize("shares_files", [True, False])
def test_what_workers_make_is_what_one_run_would_have_been(tmp_path, whole, seeds_a_part, shares_files):
    [progress] = drive(tmp_path, AtOnce(seeds_a_part, shares_files))
    assert progress.status == "finished"
    assert same(progress.run.path, whole)
    again = AtOnce(seeds_a_part)
    [progress] = drive(tmp_path, again)
    assert progress.status == "finished"
    assert again.works == []


@pytest.mark.parametrize("seeds_a_part", [None, 1])
@pytest.mark.parametrize("shares_files", [True, False])
def test_workers_that_die_after_any_message_change_nothing(tmp_path, whole, seeds_a_part, shares_files):
    rng = np.random.default_rng(3)
    deaths = rng.integers(3, 8, 6).tolist()
    view = Silent()
    [progress] = drive(tmp_path, AtOnce(seeds_a_part, shares_files, deaths), view)
    assert same(progress.run.path, whole)
    assert len(view.lines) >= 3
    assert "a worker ended (killed by signal 9); its work goes on in another" in view.lines[0]


@pytest.mark.parametrize("seeds_a_part", [None, 2])
def test_a_driver_that_dies_is_continued_in_the_same_pieces(tmp_path, whole, seeds_a_part):
    class Dies(Silent):
        def show(self, runs):
            super().show(runs)
            if self.shown == 7:
                raise SystemExit

    for other in (None, 1):
        with pytest.raises(SystemExit):
            drive(tmp_path, AtOnce(seeds_a_part if other is None else other), Dies())
    [run] = plan(tmp_path)
    assert 0 < run.done < run.total
    [progress] = drive(tmp_path, AtOnce())
    assert same(progress.run.path, whole)


def test_parts_that_were_joined_before_the_driver_died_are_cleared_away(tmp_path, whole):
    drive(tmp_path, AtOnce())
    path = tmp_path / "toll-road" / "hill-climbing" / "quick-3x6"
    shutil.copytree(path, path / ".parts" / "part-1-of-2")
    drive(tmp_path, AtOnce())
    assert same(path, whole)


def test_steps_of_another_platform_are_made_anew_in_parts_and_refused_in_one_piece(tmp_path, whole):
    view = Silent()
    executor = AtOnce(2, deaths=[6], change=elsewhere, capacity=1)
    [progress] = drive(tmp_path, executor, view)
    assert same(progress.run.path, whole)
    assert "begins anew on another platform (C library musl " in view.lines[1]
    [progress] = drive(tmp_path / "piece", AtOnce(deaths=[6], change=elsewhere))
    assert progress.status == "failed"
    assert "was begun on another platform" in progress.line


def test_a_worker_with_other_versions_is_refused_in_one_line(tmp_path):
    def older(work):
        return replace(work, versions={**work.versions, "numpy": "1.0.0"})

    with pytest.raises(InputError, match=r"the worker on .* has numpy .*, where the driver has 1\.0\.0; install"):
        drive(tmp_path, AtOnce(change=older))

    def other_plugin(work):
        configuration = json.loads(json.dumps(work.configuration))
        configuration["environment"]["version"] = "9.9"
        return replace(work, configuration=configuration)

    with pytest.raises(InputError, match=r"has environment version '0\.3\.0', where the driver has '9\.9'"):
        drive(tmp_path, AtOnce(change=other_plugin))


def test_machines_are_recorded_with_the_seeds_that_they_made(tmp_path):
    [progress] = drive(tmp_path, AtOnce(1))
    parts = load_run(progress.run.path).manifest.parts
    assert [part.seeds for part in parts] == [[0], [1], [2]]
    assert {part.machine.system for part in parts} == {load_run(progress.run.path).manifest.machine.system}


def test_a_run_that_fails_does_not_stop_the_others(tmp_path, monkeypatch):
    tell = plugins.registry().principals["hill-climbing"].spec.load().tell
    calls = []

    def fail(self, action, outcome):
        calls.append(action)
        if len(calls) == 10:
            raise RuntimeError("no idea")
        return tell(self, action, outcome)

    monkeypatch.setattr(plugins.registry().principals["hill-climbing"].spec.load(), "tell", fail)
    view = Silent()
    failed, fine = drive(tmp_path, AtOnce(), view, principals=["hill-climbing", "random"])
    assert (failed.status, fine.status) == ("failed", "finished")
    traceback = failed.run.path / "traceback.txt"
    assert view.lines == [f"failed: hill-climbing on toll-road: {failed.line}"]
    assert failed.line.endswith(f"RuntimeError: no idea; its traceback is in {traceback}")
    assert "in fail" in traceback.read_text()
    monkeypatch.undo()
    failed, _ = drive(tmp_path, AtOnce(), principals=["hill-climbing", "random"])
    assert failed.status == "finished"
    assert not traceback.exists()


def test_a_run_that_must_wait_says_so_and_goes_on_later(tmp_path, whole, monkeypatch):
    climber = plugins.registry().principals["hill-climbing"].spec.load()
    ask, left = climber.ask, [8]

    def stop(self, context):
        left[0] -= 1
        if left[0] < 0:
            raise StopRunError("the service does not answer")
        return ask(self, context)

    monkeypatch.setattr(climber, "ask", stop)
    [progress] = drive(tmp_path, AtOnce())
    assert (progress.status, progress.line) == ("stopped", "the service does not answer")
    assert progress.steps == 2
    left[0] = 10**6
    [progress] = drive(tmp_path, AtOnce())
    assert same(progress.run.path, whole)


def test_works_on_which_all_workers_die_are_given_up(tmp_path):
    view = Silent()
    [progress, other] = drive(
        tmp_path, AtOnce(deaths=[1] * MOST_DEATHS, capacity=1), view, principals=["hill-climbing", "random"]
    )
    assert progress.line == f"{MOST_DEATHS} workers in a row ended before a step was done (killed by signal 9)"
    assert (progress.status, other.status) == ("failed", "finished")


def test_a_run_that_another_process_makes_is_left_to_it(tmp_path):
    from policybench.store import RunFolder

    with RunFolder(tmp_path / "toll-road" / "hill-climbing" / "quick-3x6"):
        [progress, other] = drive(tmp_path, AtOnce(), principals=["hill-climbing", "random"])
    assert "is in use by another process" in progress.line
    assert (progress.status, other.status) == ("failed", "finished")


def test_principals_that_keep_transcripts_have_them_wherever_they_work(tmp_path, monkeypatch):
    plugin = plugins.registry().principals["hill-climbing"]
    shares = replace(plugin, spec=replace(plugin.spec, shares_between_seeds=True))
    monkeypatch.setitem(plugins.registry().principals, "hill-climbing", shares)
    climber = plugin.spec.load()
    ask = climber.ask

    def attach(self, workspace):
        self.notebook = workspace.shared(lambda: workspace.transcript)

    def note(self, context):
        with self.notebook.open("a") as file:
            file.write("asked\n")
        return ask(self, context)

    monkeypatch.setattr(climber, "attach", attach)
    monkeypatch.setattr(climber, "ask", note)
    executor = AtOnce(1, shares_files=False, deaths=[5, 8])
    [progress] = drive(tmp_path, executor)
    assert [work.request.protocol.part for work in executor.works] == [None] * 3
    assert (progress.run.path / "transcript.jsonl").read_text() == "asked\n" * 18
