"""What the harness offers to principals that wait on a network: together, stopped, settled, with a folder."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from toy_runs import Watcher, log, request

from policybench import Option, StopRunError, plugins
from policybench.analysis.summary import summarise
from policybench.errors import ContractError
from policybench.harness.launch import launch
from policybench.protocol import FINAL_EVALUATIONS
from policybench.store import load_run

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def climber(monkeypatch):
    """The toy principal's class, to be changed for one test."""
    climber = plugins.registry().principals["hill-climbing"].spec.load()

    def change(**members):
        for name, member in members.items():
            monkeypatch.setattr(climber, name, member, raising=False)
        return climber

    return change


def test_principals_asked_together_give_what_they_give_one_by_one(tmp_path, climber):
    alone = launch(request(tmp_path / "alone"), Watcher())
    barrier, ask = threading.Barrier(3), climber().ask

    def ask_together(self, context):
        barrier.wait(timeout=30)
        return ask(self, context)

    climber(concurrency=3, ask=ask_together)
    together = launch(request(tmp_path / "together"), Watcher())
    assert log(together) == log(alone)


def test_a_stopped_run_is_continued_by_the_same_request(tmp_path, climber):
    whole = launch(request(tmp_path / "whole"), Watcher())
    ask, left = climber().ask, [10]

    def ask_so_often(self, context):
        if not left[0]:
            raise StopRunError("no money left")
        left[0] -= 1
        return ask(self, context)

    climber(ask=ask_so_often)
    with pytest.raises(StopRunError, match="no money left"):
        launch(request(tmp_path / "parts"), Watcher())
    left[0] = 1000
    watcher = Watcher()
    parts = launch(request(tmp_path / "parts"), watcher)
    assert watcher.begun == (3, 8)
    assert log(parts) == log(whole)


class Shared:
    def __init__(self):
        self.users, self.closed = [], 0

    def close(self):
        self.closed += 1


@pytest.mark.parametrize("stop_after", [None, 2])
def test_seeds_share_one_object_that_is_closed_however_the_run_ends(tmp_path, monkeypatch, climber, stop_after):
    made = []

    def make():
        made.append(Shared())
        return made[-1]

    def attach(self, workspace):
        workspace.shared(make).users.append((workspace.seed, workspace.folder))

    climber(attach=attach)
    plugin = plugins.registry().principals["hill-climbing"]
    shares = replace(plugin, spec=replace(plugin.spec, shares_between_seeds=True))
    monkeypatch.setitem(plugins.registry().principals, "hill-climbing", shares)
    try:
        launch(request(tmp_path), Watcher(stop_after))
    except KeyboardInterrupt:
        assert stop_after
    folder = tmp_path / "toll-road" / "hill-climbing" / "quick-3x8"
    [shared] = made
    assert shared.users == [(seed, folder) for seed in range(3)]
    assert shared.closed == 1


def test_a_transcript_outlives_an_interruption_and_not_a_fresh_start(tmp_path, climber):
    def attach(self, workspace):
        with (workspace.folder / "transcript.jsonl").open("a") as file:
            file.write(f"{workspace.seed}\n")

    climber(attach=attach)
    with pytest.raises(KeyboardInterrupt):
        launch(request(tmp_path), Watcher(stop_after=2))
    path = launch(request(tmp_path), Watcher()) / "transcript.jsonl"
    assert path.read_text() == "0\n1\n2\n" * 2
    launch(request(tmp_path), Watcher(), fresh=True)
    assert path.read_text() == "0\n1\n2\n"


def settle_after(steps_of_seed):
    """Replaces ``settled``: a seed's search ends after so many steps, at the toll that it set last."""

    def attach(self, workspace):
        self.seed, self.told, self.last = workspace.seed, 0, [0.0]

    def settled(self, context):
        return np.array(self.last) if self.told >= steps_of_seed[self.seed] else None

    return attach, settled


def counting(tell):
    def count(self, action, outcome):
        self.told, self.last = self.told + 1, action.tolist()
        tell(self, action, outcome)

    return count


def saving(state_dict):
    return lambda self: {**state_dict(self), "told": self.told, "last": self.last}


def loading(load_state_dict):
    def load(self, state):
        load_state_dict(self, state)
        self.told, self.last = state["told"], state["last"]

    return load


@pytest.fixture
def settling(climber):
    """Makes the searches of the three seeds end after so many steps."""

    def change(*steps):
        attach, settled = settle_after(steps)
        original = climber()
        climber(
            attach=attach,
            settled=settled,
            tell=counting(original.tell),
            state_dict=saving(original.state_dict),
            load_state_dict=loading(original.load_state_dict),
        )

    return change


def test_a_search_that_has_ended_is_filled_and_the_others_go_on_as_ever(tmp_path, settling):
    plain = launch(request(tmp_path / "plain"), Watcher())
    settling(8, 3, 5)
    path = launch(request(tmp_path / "settled"), Watcher())
    rows = load_run(path).steps
    assert [row for row in log(path) if row["seed"] == 0] == [row for row in log(plain) if row["seed"] == 0]
    for seed, end in ((1, 3), (2, 5)):
        own = [row for row in rows if row.seed == seed]
        assert ["filled" in row.notes for row in own] == [False] * end + [True] * (8 - end)
        for row in own[end:]:
            assert (row.action, row.payoff) == (own[end - 1].action, own[end - 1].payoff)
            assert (row.timesteps.training, row.timesteps.validation) == (0, own[end - 1].timesteps.validation)
            assert row.notes == {"filled": True}
    summary = summarise(path)
    for seed in (1, 2):
        last = next(row for row in rows if row.seed == seed and row.step == 7)
        converged, recommended = summary.scores.convergence.payoffs[seed], summary.recommendations[seed]
        assert (converged, recommended.seed, recommended.action) == (last.payoff, seed, last.action)
    assert summary.validation_timesteps == 3 * 8
    assert summary.training_timesteps == (8 + 3 + 5) * 39


def test_nothing_is_evaluated_once_all_searches_have_ended(tmp_path, settling, monkeypatch):
    settling(2, 3, 1)
    environment = plugins.registry().environments["toll-road"].spec.load()
    evaluate, steps = environment.evaluate, []

    def evaluate_and_count(self, step, actions, *, gradient=False):
        steps.append(step)
        return evaluate(self, step, actions, gradient=gradient)

    monkeypatch.setattr(environment, "evaluate", evaluate_and_count)
    launch(request(tmp_path, workers=1), Watcher())
    assert steps == [0, 1, 2, *range(8, 8 + FINAL_EVALUATIONS)]


def test_an_interrupted_run_is_filled_alike(tmp_path, settling):
    settling(2, 3, 1)
    whole = launch(request(tmp_path / "whole"), Watcher())
    with pytest.raises(KeyboardInterrupt):
        launch(request(tmp_path / "parts"), Watcher(stop_after=6))
    assert log(launch(request(tmp_path / "parts"), Watcher())) == log(whole)


def test_a_search_cannot_end_before_it_begins(tmp_path, settling):
    settling(0, 3, 3)
    with pytest.raises(ContractError, match="ended before its first step"):
        launch(request(tmp_path), Watcher())


def test_operational_options_can_change_while_a_run_goes_on(tmp_path, climber):
    spec = plugins.registry().principals["hill-climbing"].spec
    patience = Option("patience", int, 3, "seconds to wait", operational=True)
    object.__setattr__(spec, "options", (*spec.options, patience))
    init = climber().__init__
    seen = []

    def keep(self, problem, *, rng, radius, patience):
        seen.append(patience)
        init(self, problem, rng=rng, radius=radius)

    climber(__init__=keep)
    with pytest.raises(KeyboardInterrupt):
        launch(request(tmp_path, principal_options=["patience=5"]), Watcher(stop_after=2))
    path = launch(request(tmp_path, principal_options=["patience=9"]), Watcher())
    assert path.parent.name == "hill-climbing"
    assert seen == [5] * 3 + [9] * 3
    assert load_run(path).manifest.principal.options == {"radius": 0.2, "patience": 3}
