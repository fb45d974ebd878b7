"""Searches that have converged ask no more."""

from __future__ import annotations

import numpy as np
import pytest
from faulty_server import GOOD, actions

from policybench.analysis.summary import summarise
from policybench.store import load_run


def test_a_search_that_has_converged_is_filled_up(run, openai_server, read):
    openai_server.play(*actions(3), GOOD)
    folder = run(*openai_server.arguments, "stop_after=4", "concurrency=1", env=["noise=0.1"], seeds=1, steps=12)
    assert len(openai_server.requests) == 3 + 4
    rows = read.steps(folder)
    filled = [row for row in rows if row["notes"].get("filled")]
    assert [row["step"] for row in filled] == [7, 8, 9, 10, 11]
    converged = np.mean([row["payoff"] for row in rows[3:7]])
    assert [row["payoff"] for row in filled] == pytest.approx([converged] * 5)
    assert all(row["action"] == [0.25, 0.5] for row in filled)
    assert all(row["timesteps"] == {"training": 0, "validation": 2} for row in filled)
    stored = load_run(folder)
    assert {tuple(row.action) for row in stored.final} == {(0.25, 0.5)}
    assert summarise(folder).scores.convergence.payoff.mean == pytest.approx(converged)


def test_failed_answers_do_not_count_as_convergence(run, openai_server, read):
    openai_server.play(GOOD, "no")
    folder = run(*openai_server.arguments, "stop_after=3", "reasks=0", "give_up_after=0", seeds=1, steps=8)
    assert not any(row["notes"].get("filled") for row in read.steps(folder))
    assert sum("failed" in row["notes"] for row in read.steps(folder)) == 7


def test_contexts_converge_each_by_itself(run, openai_server, read):
    def act(request):
        text = request.get_json()["messages"][-1]["content"]
        first = "The context is now [1, 0]." in text
        return openai_server.answer('{"x1": 0.6, "x2": 0.3}' if first else '{"x1": 0.3, "x2": 0.6}')(request)

    openai_server.play(act)
    folder = run(*openai_server.arguments, "stop_after=4", env=["contexts=true"], seeds=1, steps=12)
    rows = read.steps(folder)
    assert len(openai_server.requests) == 5
    assert [row["action"] for row in rows[:2]] * 6 == [row["action"] for row in rows]
    assert {row["payoff"] for row in rows} == {0.0}
