"""Observers hear everything, and can neither change a run nor stop it."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime

import pytest
from toy_runs import Watcher, log, request

import policybench
from policybench import InputError, Observer, ObserverSpec, Option
from policybench.harness import observer_options, observing
from policybench.harness.launch import launch
from policybench.harness.observer_options import observers_of
from policybench.plugins import Plugin, Registry

pytestmark = pytest.mark.usefixtures("toy")


class Listener(Observer):
    """Keeps what it is told, and may want to hear what was before."""

    def __init__(self, first=None):
        self.first, self.heard, self.threads = first, [], set()

    def begin(self, run):
        self.run = run
        self.threads.add(threading.get_ident())
        return run.done if self.first is None else self.first

    def step(self, records):
        self.heard.append([(record.step, record.seed, record.payoff) for record in records])
        self.threads.add(threading.get_ident())

    def end(self, final):
        self.final = [record.payoff for record in final]
        self.threads.add(threading.get_ident())


class Vandal(Observer):
    """Changes all that it is given."""

    def begin(self, run):
        run.manifest.protocol.seeds.clear()
        run.manifest.environment.options.clear()
        return 0

    def step(self, records):
        for record in records:
            record.action[:] = [9.0]
            record.notes.clear()
        records.clear()


class Failing(Observer):
    def __init__(self, where, error):
        self.where, self.error = where, error

    def begin(self, run):
        self._fail("begin")
        return 0

    def step(self, records):
        self._fail("step")

    def end(self, final):
        self._fail("end")

    def _fail(self, where):
        if where == self.where:
            raise self.error


def rows(path):
    records = log(path)
    return [
        [(row["step"], row["seed"], row["payoff"]) for row in records[i : i + 3]]
        for i in range(0, len(records), 3)
    ]


def test_an_observer_hears_begin_steps_and_end_in_one_thread_of_its_own(tmp_path):
    listener = Listener()
    path = launch(request(tmp_path), Watcher(), observers=[listener])
    assert listener.heard == rows(path)
    assert listener.final == policybench.Run(path).final.payoff.tolist()
    assert (listener.run.path, listener.run.done, len(listener.run.key)) == (path, 0, 32)
    assert len(listener.threads) == 1
    assert threading.get_ident() not in listener.threads
    again = Listener()
    launch(request(tmp_path), Watcher(), observers=[again])
    assert again.threads == set()  # a finished run is only found


@pytest.mark.parametrize(
    "observer",
    [
        Vandal(),
        Failing("begin", RuntimeError("no server")),
        Failing("step", SystemExit(3)),
        Failing("step", KeyboardInterrupt()),
        Failing("end", ValueError("late")),
    ],
    ids=["vandal", "begin", "exit", "interrupt", "end"],
)
def test_whatever_it_does_the_run_is_the_same_and_one_warning_names_it(tmp_path, observer, caplog):
    plain = launch(request(tmp_path / "plain"), Watcher())
    listener = Listener()
    with caplog.at_level(logging.WARNING, "policybench"):
        path = launch(request(tmp_path / "observed"), Watcher(), observers=[observer, listener])
    assert log(path) == log(plain)
    assert (path / "final.jsonl").read_bytes() == (plain / "final.jsonl").read_bytes()
    assert listener.heard == rows(plain)
    warnings = [record.getMessage() for record in caplog.records]
    assert len(warnings) == (0 if isinstance(observer, Vandal) else 1)
    assert all(
        line.startswith("observer Failing fails and is told nothing more; the run goes on: ") for line in warnings
    )


def test_a_run_that_is_continued_is_the_same_one_and_what_was_missed_can_be_heard(tmp_path):
    early, late, all_of_it = Listener(), Listener(), Listener(first=0)
    with pytest.raises(KeyboardInterrupt):
        launch(request(tmp_path), Watcher(stop_after=3), observers=[early])
    assert (len(early.heard), early.final) == (3, [])
    path = launch(request(tmp_path), Watcher(), observers=[late, all_of_it])
    assert late.run.key == all_of_it.run.key == early.run.key
    assert late.run.done == 3
    assert early.heard + late.heard == all_of_it.heard == rows(path)


def test_a_run_that_starts_over_is_another_one(tmp_path, monkeypatch):
    first, second = Listener(), Listener()
    launch(request(tmp_path), Watcher(), observers=[first])
    monkeypatch.setattr("policybench.harness.plan.now", lambda: datetime(2031, 1, 1, tzinfo=UTC))
    launch(request(tmp_path), Watcher(), observers=[second], fresh=True)
    assert first.run.key != second.run.key


def test_one_that_hangs_is_left_behind(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(observing, "PATIENCE", 0.2)
    release = threading.Event()

    class Hanging(Observer):
        def begin(self, run):
            release.wait(30)
            return 0

    begun = time.monotonic()
    launch(request(tmp_path), Watcher(), observers=[Hanging()])
    release.set()
    assert time.monotonic() - begun < 20
    assert "observer Hanging is still busy" in caplog.text


def test_python_takes_observers_and_the_names_of_installed_ones(tmp_path, monkeypatch):
    listener = Listener()
    policybench.run("hill-climbing", "toll-road", seeds=1, steps=2, out=tmp_path, observe=[listener])
    assert len(listener.heard) == 2
    with pytest.raises(InputError, match="unknown observer 'nobody'"):
        policybench.run("hill-climbing", "toll-road", seeds=1, steps=2, out=tmp_path, observe={"nobody": {}})


@pytest.fixture
def installed(monkeypatch):
    class Kept:
        def __init__(self, **options):
            self.options = options
            if options.get("uri") == "broken":
                raise RuntimeError("cannot begin")

    uri, level = Option("uri", str, None, "Where."), Option("level", int, 1, "How much.", minimum=0)
    specs = [ObserverSpec("one", "", Kept, (uri, level)), ObserverSpec("other", "", Kept, (uri,))]
    found = Registry(observers={spec.name: Plugin(spec, "tests", "1") for spec in specs})
    monkeypatch.setattr(observer_options, "registry", lambda: found)


def test_options_go_to_the_observer_that_has_them(installed):
    given = ["level=3", "one.uri=a", "other.uri=b=c"]
    assert [found.options for found in observers_of(["one", "other"], given)] == [
        {"uri": "a", "level": 3},
        {"uri": "b=c"},
    ]
    assert observers_of([], []) == []


@pytest.mark.parametrize(
    ("names", "given", "message"),
    [
        (["onne"], [], "unknown observer 'onne'. Did you mean 'one'? Installed: one, other"),
        (["one", "one"], [], "--observe one --observe one: takes each observer once"),
        (["one", "other"], ["uri=a"], "-o uri=a: one and other have this option; say which: -o one.uri=a"),
        (["one"], ["levl=2"], "-o levl=2: observer one has no option 'levl'"),
        (["one"], ["level=-1"], "-o level=-1: level takes an integer, at least 0"),
        ([], ["uri=a"], "-o uri=a: is an option of an observer; name one with --observe"),
    ],
)
def test_wrong_names_and_options_are_one_line(installed, names, given, message):
    with pytest.raises(InputError) as caught:
        observers_of(names, given)
    assert str(caught.value).startswith(message)


def test_one_that_cannot_begin_is_left_out_with_a_warning(installed, caplog):
    assert observers_of(["one"], ["uri=broken"]) == []
    assert "observer one cannot be used; the run goes on: RuntimeError: cannot begin" in caplog.text
