"""Steps after a search has ended are filled in, and marked."""

import json
from dataclasses import replace

import numpy as np
import pytest
from toy_runs import Watcher, log, request

from policybench import Option, Outcome, Principal, PrincipalSpec, Timesteps
from policybench.errors import ContractError
from policybench.filling import NOTES, fill
from policybench.launch import launch
from policybench.plugins import Plugin, registry
from policybench.summary import summarise

OUTCOMES = [Outcome(5.0, Timesteps(10, 3)), Outcome(6.0, Timesteps(10, 3))]


def test_only_settled_seeds_are_filled():
    filled = fill([None, (np.zeros(1), 2.5)], lambda: OUTCOMES, [3, 4])
    assert filled[0] is OUTCOMES[0]
    assert (filled[1].payoff, filled[1].timesteps) == (2.5, Timesteps(0, 4))


def test_nothing_is_evaluated_once_all_are_settled():
    def evaluate():
        raise AssertionError("evaluated")

    end = (np.zeros(1), 1.0)
    assert [outcome.payoff for outcome in fill([end, end], evaluate, [3, 3])] == [1.0, 1.0]


def test_a_search_cannot_end_before_it_began():
    with pytest.raises(ContractError, match="ended before its first step"):
        fill([(np.zeros(1), 1.0)], lambda: OUTCOMES[:1], [])


class Content(Principal):
    """Ends its search after some steps."""

    def __init__(self, problem, *, rng, after):
        super().__init__(problem, rng=rng)
        self.after, self.payoffs = after, []

    def ask(self, context):
        return self.problem.action_space.low

    def tell(self, action, outcome):
        self.payoffs.append(outcome.payoff)

    def settled(self, context):
        done = len(self.payoffs) >= self.after
        return (self.problem.action_space.low, float(np.mean(self.payoffs))) if done else None

    def recommend(self, context):
        return self.problem.action_space.low

    def state_dict(self):
        return {"payoffs": self.payoffs}

    def load_state_dict(self, state):
        self.payoffs = list(state["payoffs"])


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("stop_after", [None, 2, 6])
def test_a_run_whose_searches_end_goes_on_flat_and_resumes_exactly(tmp_path, monkeypatch, stop_after):
    spec = PrincipalSpec("content", "Ends early.", Content, (Option("after", int, 4, "steps", minimum=1),))
    found = registry()
    principals = {**found.principals, "content": Plugin(spec, "tests", "0")}
    monkeypatch.setattr("policybench.launch.registry", lambda: replace(found, principals=principals))
    asked = replace(request(tmp_path / "runs"), principal="content")
    if stop_after:
        with pytest.raises(KeyboardInterrupt):
            launch(asked, Watcher(stop_after=stop_after))
    path = launch(asked, Watcher())
    rows = log(path)
    for seed in range(3):
        mine = [row for row in rows if row["seed"] == seed]
        assert [row["notes"] == NOTES for row in mine] == [False] * 4 + [True] * 4
        assert [row["payoff"] for row in mine[4:]] == [float(np.mean([row["payoff"] for row in mine[:4]]))] * 4
        assert all(row["timesteps"] == {"training": 0, "validation": 1} for row in mine[4:])
    summary = summarise(path)
    assert summary.status == "finished"
    assert summary.training_timesteps == 3 * 4 * 39
    assert json.loads((path / "manifest.json").read_text())["status"] == "finished"
