"""Steps after a search has ended are filled in, by a rule, and marked."""

import json
from dataclasses import replace

import numpy as np
import pytest
from toy_runs import Watcher, log, request

from policybench import Environment, Option, Outcome, Principal, PrincipalSpec, Timesteps
from policybench.analysis.summary import summarise
from policybench.errors import ContractError
from policybench.harness.filling import Filling
from policybench.harness.launch import launch
from policybench.plugins import Plugin, registry
from policybench.store import StepRecord
from policybench.store.filled import MOST_REPEATED, NOTES, Evaluated, filled_payoff, repeated, validation_timesteps
from policybench.store.records import TimestepsRecord

OUTCOMES = [Outcome(5.0, Timesteps(10, 3)), Outcome(6.0, Timesteps(10, 3))]
ZERO, ONE = np.zeros(1), np.ones(1)


def record(step, seed, action, payoff, context=None, notes=None):
    timesteps = TimestepsRecord(training=10, validation=4 + seed)
    return StepRecord(
        step=step,
        seed=seed,
        context=context,
        action=[action],
        payoff=payoff,
        timesteps=timesteps,
        seconds=0,
        notes=notes or {},
    )


def filling(*payoffs, action=0.0):
    rows = [record(step, seed, action, payoff) for step, payoff in enumerate(payoffs) for seed in range(2)]
    return Filling(Two(None), rows)


class Two(Environment):
    """Pays two seeds what it was given; None refuses to be evaluated at all."""

    def __init__(self, outcomes):
        super().__init__([0, 1])
        self.outcomes = outcomes

    def evaluate(self, step, actions, *, gradient=False):
        assert self.outcomes is not None, "evaluated"
        return self.outcomes


def fill(filling, first, second, ended):
    return filling.evaluate(9, None, np.array([first, second]), ended, gradient=False)


def test_only_settled_seeds_are_filled():
    rows = [record(step, seed, 0.0, payoff) for step, payoff in enumerate((2.0, 3.0)) for seed in range(2)]
    first, second = fill(Filling(Two(OUTCOMES), rows), ONE, ZERO, [False, True])
    assert first is OUTCOMES[0]
    assert (second.payoff, second.timesteps) == (2.5, Timesteps(0, 5))


def test_nothing_is_evaluated_once_all_are_settled():
    found = fill(filling(1.0), ZERO, ZERO, [True, True])
    assert [outcome.payoff for outcome in found] == [1.0, 1.0]


def test_a_search_cannot_end_before_it_began_or_where_it_never_was():
    with pytest.raises(ContractError, match="ended before its first step"):
        fill(filling(), ZERO, ZERO, [True, True])
    with pytest.raises(ContractError, match=r"ended at \[1\.0\], but what it set last is \[0\.0\]"):
        fill(filling(2.0), ONE, ONE, [True, True])


def test_filled_steps_do_not_change_what_later_ones_are_filled_with():
    going_on = filling(1.0, 2.0)
    going_on.remember([record(2, seed, 0.0, 1.5, notes=NOTES) for seed in range(2)])
    going_on.remember([record(3, 0, 0.0, 9.0), record(3, 1, 0.0, 1.5, notes=NOTES)])
    assert [outcome.payoff for outcome in fill(going_on, ZERO, ZERO, [True, True])] == [4.0, 1.5]


A, B, C = (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)


def evaluated(*steps):
    return [Evaluated(context, (action,), payoff, 1) for context, action, payoff in steps]


def test_the_payoff_is_the_mean_of_the_last_steps_in_which_each_context_had_one_action():
    past = evaluated((A, 0, 100), (A, 1, 1), (B, 2, 10), (A, 1, 3), (B, 2, 30))
    assert repeated(past) == past[1:]
    assert [filled_payoff(repeated(past), context) for context in (A, B, C)] == [2, 20, 11]


def test_so_many_steps_are_looked_at_and_no_more():
    past = evaluated(*[((), 0, step) for step in range(100)])
    assert len(repeated(past)) == MOST_REPEATED
    assert filled_payoff(repeated(past), ()) == np.mean(range(100 - MOST_REPEATED, 100))


def test_validation_timesteps_are_the_mean_rounded_up():
    past = [Evaluated((), (0.0,), 0.0, validation) for validation in (1, 1, 5, 2)]
    assert validation_timesteps(past) == 3
    assert validation_timesteps(past[:2]) == 1


class Content(Principal):
    """Ends its search after some steps, and would recommend something else."""

    def __init__(self, problem, *, rng, after):
        super().__init__(problem, rng=rng)
        self.after, self.told = after, 0

    def ask(self, context):
        return self.problem.action_space.low

    def tell(self, action, outcome):
        self.told += 1

    def settled(self, context):
        return self.problem.action_space.low if self.told >= self.after else None

    def recommend(self, context):
        return self.problem.action_space.high

    def state_dict(self):
        return {"told": self.told}

    def load_state_dict(self, state):
        self.told = state["told"]


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("stop_after", [None, 2, 6])
def test_a_run_whose_searches_end_goes_on_flat_and_resumes_exactly(tmp_path, monkeypatch, stop_after):
    spec = PrincipalSpec("content", "Ends early.", Content, (Option("after", int, 4, "steps", minimum=1),))
    found = registry()
    principals = {**found.principals, "content": Plugin(spec, "tests", "0")}
    monkeypatch.setattr("policybench.harness.plan.registry", lambda: replace(found, principals=principals))
    asked = replace(request(tmp_path / "runs"), principal="content")
    if stop_after:
        with pytest.raises(KeyboardInterrupt):
            launch(asked, Watcher(stop_after=stop_after))
    path = launch(asked, Watcher())
    rows = log(path)
    for seed in range(3):
        mine = [row for row in rows if row["seed"] == seed]
        assert [row["notes"] == NOTES for row in mine] == [False] * 4 + [True] * 4
        mean = pytest.approx(np.mean([row["payoff"] for row in mine[:4]]))
        assert [row["payoff"] for row in mine[4:]] == [mean] * 4
        assert all(row["timesteps"] == {"training": 0, "validation": 1} for row in mine[4:])
        assert len({tuple(row["action"]) for row in mine}) == 1
    summary = summarise(path)
    assert summary.status == "finished"
    assert summary.training_timesteps == 3 * 4 * 39
    assert all(found.action == rows[0]["action"] for found in summary.recommendations)
    assert json.loads((path / "manifest.json").read_text())["status"] == "finished"
