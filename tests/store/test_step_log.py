"""Step logs as columns: they hold what records hold, and refuse what records refuse."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybench import InputError
from policybench.store.lines import dump_lines, read_lines
from policybench.store.records import StepRecord, TimestepsRecord
from policybench.store.step_log import read_step_log

numbers = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(0, 2**53 - 1)


@st.composite
def logs(draw):
    """Records of whole steps of some seeds."""
    seeds, steps = draw(st.lists(st.integers(0, 99), min_size=1, max_size=3, unique=True)), draw(st.integers(0, 4))
    dimension, context = draw(st.integers(1, 3)), draw(st.none() | st.integers(1, 2))
    records = [
        StepRecord(
            step=step,
            seed=seed,
            context=None if context is None else draw(st.lists(numbers, min_size=context, max_size=context)),
            action=draw(st.lists(numbers, min_size=dimension, max_size=dimension)),
            payoff=draw(numbers),
            timesteps=TimestepsRecord(training=draw(counts), validation=draw(counts)),
            seconds=abs(draw(numbers)),
            notes=draw(st.dictionaries(st.text(), st.integers() | st.text(), max_size=2)),
        )
        for step in range(steps)
        for seed in seeds
    ]
    return seeds, records


@given(logs())
def test_columns_hold_what_records_hold(tmp_path_factory, log):
    seeds, records = log
    path = tmp_path_factory.mktemp("log") / "steps.jsonl"
    path.write_bytes(dump_lines(records) + b'{"step":')
    found = read_step_log(path, seeds)
    assert list(found) == records
    assert list(found[1:-1:2]) == records[1:-1:2]
    assert found.payoffs.tolist() == [record.payoff for record in records]
    assert read_lines(path, StepRecord) == records


LINE = {
    "step": 0,
    "seed": 0,
    "context": None,
    "action": [0.5],
    "payoff": 1.0,
    "timesteps": {"training": 1, "validation": 1},
    "seconds": 0.1,
    "notes": {},
}


@pytest.mark.parametrize(
    "change",
    [
        {"payoff": "much"},
        {"payoff": None},
        {"payoff": float("nan")},
        {"payoff": float("inf")},
        {"step": 0.5},
        {"seed": -1},
        {"action": None},
        {"action": ["a"]},
        {"action": 0.5},
        {"context": 3},
        {"timesteps": {"training": 1}},
        {"timesteps": {"training": 1, "validation": -1}},
        {"timesteps": {"training": 1, "validation": 1, "more": 1}},
        {"seconds": -0.1},
        {"notes": [1]},
        {"more": 1},
    ],
)
def test_what_a_record_refuses_is_named_with_its_line(tmp_path, change):
    path = tmp_path / "steps.jsonl"
    lines = [json.dumps({**LINE, "step": step, **(change if step == 1 else {})}) + "\n" for step in range(3)]
    path.write_text("".join(lines))
    with pytest.raises(InputError, match=r"steps.jsonl, line 2: damaged"):
        read_step_log(path, [0])
    path.write_text("".join(lines[:1] + lines[2:]).replace('"step": 2', '"step": 1'))
    assert len(read_step_log(path, [0])) == 2


def test_actions_of_different_lengths_are_refused(tmp_path):
    path = tmp_path / "steps.jsonl"
    path.write_text(json.dumps(LINE) + "\n" + json.dumps({**LINE, "step": 1, "action": [0.5, 0.5]}) + "\n")
    with pytest.raises(InputError, match="differ in length"):
        read_step_log(path, [0])


def test_lines_that_are_only_together_json_are_refused(tmp_path):
    path = tmp_path / "steps.jsonl"
    one, two = json.dumps(LINE), json.dumps({**LINE, "step": 1})
    path.write_text(f"{one},{two}\n")
    with pytest.raises(InputError, match="line 1"):
        read_step_log(path, [0])
