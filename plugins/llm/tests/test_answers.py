"""Actions are found wherever they stand in an answer, and nothing that is not allowed gets through."""

from __future__ import annotations

import json

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st

from policybench_llm.answers import UnusableAnswerError, read_answer, schema_of

SPACE = spaces.Box(-2.0, 3.0, (3,), np.float64)
NAMES = ["x1", "x2", "x3"]
ACTIONS = st.lists(st.floats(-2.0, 3.0), min_size=3, max_size=3)
PROSE = st.text(st.characters(exclude_characters="$[]{}"), max_size=60)


def read(text, *, clip=False):
    return read_answer(text, NAMES, SPACE, clip=clip)


@given(ACTIONS, PROSE, PROSE, st.sampled_from(["object", "list", "nested", "fence", "dollars", "bare"]))
def test_an_action_is_found_in_whatever_surrounds_it(action, before, after, form):
    named = json.dumps(dict(zip(NAMES, action, strict=True)))
    texts = {
        "object": named,
        "list": json.dumps(action),
        "nested": json.dumps({"action": action}),
        "fence": f"```json\n{named}\n```",
        "dollars": f"$${json.dumps(action)}$$",
        "bare": "$" + ", ".join(map(repr, action)) + "$",
    }
    assert read(f"{before}\n{texts[form]}\n{after}").action.tolist() == pytest.approx(action, abs=0)


@given(st.text(max_size=200))
def test_any_text_gives_an_allowed_action_or_is_unusable(text):
    try:
        answer = read(text)
    except UnusableAnswerError:
        return
    assert SPACE.contains(answer.action)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), st.lists, max_leaves=12))
def test_any_json_gives_an_allowed_action_or_is_unusable(value):
    try:
        answer = read(json.dumps(value))
    except UnusableAnswerError:
        return
    assert SPACE.contains(answer.action)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ('{"x3": 3, "x1": 1, "x2": 2}', [1, 2, 3]),
        ('First {"x1": 0, "x2": 0, "x3": 0} paid 2, so now {"x1": 1, "x2": 1, "x3": 1}.', [1, 1, 1]),
        ("[0, 0, 0] paid 20. I choose $[1, 2, 3]$.", [1, 2, 3]),
        ("It costs $5 and $6, so $1, 2, 3$", [1, 2, 3]),
        ('{"x1": "0.5", "x2": 1, "x3": "1e0"}', [0.5, 1, 1]),
        ('{"reason": "{", "rates": [1, 2, 3]}', [1, 2, 3]),
        ("$ (1 2 3) $", [1, 2, 3]),
    ],
)
def test_what_models_write(text, action):
    assert read(text).action.tolist() == action


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "it is empty"),
        ("No.", "no JSON object of numbers"),
        ("[1, 2]", "it has 2 numbers where 3 numbers are expected"),
        ('{"x1": 1}', "it has 1 number where 3 numbers are expected"),
        ("[true, 1, 2]", "no JSON object of numbers"),
        ("[1, 2, NaN]", "must be finite"),
        ("[1, 2, 1e400]", "must be finite"),
        (f"[1, 2, {'9' * 400}]", "must be finite"),
        ("[1, 2, 3.0001]", r"x3 = 3.0001 is not in \[-2, 3\]"),
        ('{"x1": 0.5, "x2": [0', "no JSON object of numbers"),
        ("[" * 100_000, "no JSON object of numbers"),
    ],
)
def test_what_cannot_be_used_is_said(text, fault):
    with pytest.raises(UnusableAnswerError, match=fault):
        read(text)


def test_clipping_moves_into_range_and_says_so():
    clipped, inside = read("[-9, 0, 9]", clip=True), read("[-1, 0, 1]", clip=True)
    assert (clipped.action.tolist(), clipped.clipped) == ([-2, 0, 3], True)
    assert (inside.action.tolist(), inside.clipped) == ([-1, 0, 1], False)


def test_negative_zero_is_zero():
    assert not np.signbit(read("[-0.0, 0, 0]").action).any()


def test_the_edge_of_a_float32_space_is_in_it():
    space = spaces.Box(0.0, np.float32(0.9), (1,), np.float32)
    action = read_answer("[0.9]", ["x1"], space, clip=False).action
    assert action[0] <= space.high[0]
    with pytest.raises(UnusableAnswerError):
        read_answer("[0.9001]", ["x1"], space, clip=False)


def test_the_schema_names_every_number():
    schema = schema_of(NAMES)
    assert schema["required"] == NAMES
    assert set(schema["properties"]) == set(NAMES)
