"""Actions are found wherever they stand in an answer, and nothing that is not allowed gets through."""

from __future__ import annotations

import contextlib
import json
import time

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st

from policybench_llm.answers import UnusableAnswerError, read_answer, schema_of

SPACE = spaces.Box(-2.0, 3.0, (3,), np.float64)
UNIT = spaces.Box(0.0, 1.0, (3,), np.float64)
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
        ('{"x1": 1}', "its object has the names x1 where x1, x2, x3 are expected"),
        ("[true, 1, 2]", "no JSON object of numbers"),
        ("[1, 2, NaN]", "must be finite"),
        ("[1, 2, 1e400]", "must be finite"),
        (f"[1, 2, {'9' * 400}]", "must be finite"),
        ("[1, 2, 3.0001]", r"x3 = 3.0001 is not in \[-2, 3\]"),
        ('{"x1": 0.5, "x2": [0', "its last object is cut off"),
        ("[" * 100_000, "no JSON object of numbers"),
    ],
)
def test_what_cannot_be_used_is_said(text, fault):
    with pytest.raises(UnusableAnswerError, match=fault):
        read(text)


OBJECT = '{"x1": 0.2, "x2": 0.4, "x3": 0.6}'


@pytest.mark.parametrize(
    "text",
    [
        f"The best of them, $(0.9, 0.9, 0.9)$, paid $3.2$. Lower this time:\n{OBJECT}",
        f"{OBJECT}\nwhich is less than step 4 had: [0.9, 0.9, 0.9].",
        f"```json\n{OBJECT}\n```\nStep 4 had [0.9, 0.9, 0.9].",
        f'{{"action": {OBJECT}, "best_so_far": [0.9, 0.9, 0.9]}}',
        f'{{"action": {OBJECT}, "best_so_far": {{"x1": 0.9, "x2": 0.9, "x3": 0.9}}}}',
        f'{{"step": 4, "x1": 0.9, "x2": 0.9, "x3": 0.9, "payoff": 3}} was worse. {OBJECT}',
        f"{OBJECT} should pay about [3.1, 3.2, 3.3]",
        '{"X3": 0.6, "X2": 0.4, "x1": 0.2}',
        '{"why": "[0.9, 0.9, 0.9] paid } less", "x1": 0.2, "x2": 0.4, "x3": 0.6}',
        '{"type": "object", "properties": {"x1": {"type": "number"}}, "x1": 0.2, "x2": 0.4, "x3": 0.6}',
        f'The form is {{"x1": ..., "x2": ..., "x3": ...}}, so {OBJECT}',
        f"as {{braces}} in prose [and a note] and it's {OBJECT}",
        "{'x1': 0.2, 'x2': 0.4, 'why': 'it\\'s less', 'x3': 0.6}",
        "{\u201cx1\u201d: 0.2, \u201cx2\u201d: 0.4, \u201cx3\u201d: 0.6}",
        "{x1: 0.2, x2: 0.4, x3: 0.6}",
        '{"x1": 0.2, "x2": 0.4, "x3": 0.6,}',
        '{"x1": .2, "x2": +.4, "x3": 6.e-1}',
        '{"x1": 0.2, // as before\n "x2": 0.4, # more\n "x3": 0.6}',
        '{"x1": "20%", "x2": 40%, "x3": "60 %"}',
        '{"x1": "0,2", "x2": 0,4, "x3": "0,600"}',
        '{"x1": [0.2], "x2": {"value": 0.4}, "x3": "0.6"}',
        json.dumps(OBJECT),
        json.dumps({"name": "set_action", "arguments": OBJECT}),
        json.dumps([json.loads(OBJECT)]),
        f"<think>first $[0.9, 0.9, 0.9]$, or</think>{OBJECT}",
        f"first [0.9, 0.9, 0.9], or</think>\n{OBJECT}",
        f"{OBJECT}<thinking>was that {{right}}?</thinking>",
        f"<|channel|>analysis<|message|>[0.9, 0.9, 0.9]<|channel|>final<|message|>{OBJECT}",
        "$0,2; 0,4; 0,6$",
        "[0,2, 0,4, 0,6]",
        "0.2, 0.4, 0.6",
        "\ufeff" + OBJECT,
    ],
)
def test_the_action_that_a_reader_would_take(text):
    assert read_answer(text, NAMES, UNIT, clip=False).action.tolist() == [0.2, 0.4, 0.6]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"x1": 0.2, "x2": 0.4, "x4": 0.9}', "names x1, x2, x4 where x1, x2, x3"),
        ('{"a": 0.2, "b": 0.4, "c": 0.9} rather than [0.9, 0.9, 0.9]', "names a, b, c where"),
        (f"<think>{OBJECT} is greedy; better would be", "cut off while thinking"),
        (f"<think>{OBJECT}</think>", "nothing after the thinking"),
        ("<think>[0.9, 0.9, 0.9]</think>I set x1 = 0.2, x2 = 0.4 and x3 = 0.6.", "no JSON object"),
        (f'Best was {OBJECT}. Now {{"x1": 0.3, "x2":', "cut off"),
        (f'Best was {OBJECT}. Now {{"x', "cut off"),
        (f'Best was {OBJECT}. Now {{"x1": about 0.3, "x2": 0.4, "x3": 0.5}}', "is not JSON"),
        (f'Best was {OBJECT}. Now {{"x1": "low", "x2": 0.4, "x3": 0.5}}', "x1 is no number"),
        ('{"x1": 0.2, "X1": 0.3, "x2": 0.4, "x3": 0.5}', "x1 stands in it more than once"),
    ],
)
def test_what_a_reader_would_ask_about(text, fault):
    with pytest.raises(UnusableAnswerError, match=fault):
        read_answer(text, NAMES, UNIT, clip=False)


@pytest.mark.parametrize(
    ("text", "high", "value"),
    [
        ('{"x1": "20%"}', 1.0, 0.2),
        ('{"x1": "0.5%"}', 1.0, 0.005),
        ('{"x1": "20%"}', 100.0, None),
        ('{"x1": "20%"}', 5.0, 0.2),
        ('{"x1": "1,000"}', 1.0, 1.0),
        ('{"x1": "1,000"}', 5000.0, None),
        ('{"x1": "0,125"}', 5000.0, 0.125),
        ('{"x1": "\u22120,5"}', 5.0, -0.5),
        ("$0,5$", 5.0, 0.5),
        ('{"x1": 0.5} as in [1]', 1.0, 0.5),
        ('It paid $1$, so {"x1": 0.5}', 1.0, 0.5),
    ],
)
def test_a_number_with_two_meanings_has_one_where_only_one_is_in_range(text, high, value):
    space = spaces.Box(-high, high, (1,), np.float64)
    if value is None:
        with pytest.raises(UnusableAnswerError, match="can be read as"):
            read_answer(text, ["x1"], space, clip=False)
    else:
        assert read_answer(text, ["x1"], space, clip=False).action.tolist() == [value]


def test_two_numbers_or_one_with_a_decimal_comma_cannot_be_told_apart():
    with pytest.raises(UnusableAnswerError):
        read_answer("I set $0,5$", ["x1", "x2"], spaces.Box(0, 5, (2,), np.float64), clip=False)


FOREIGN = {
    "sums": lambda n: "Incomes were $" + ", ".join(["1000"] * n) + " and $300 of it.\n",
    "digits": lambda n: "$" + "1" * n + "x$ [" + "1" * n + "x]",
    "dollars": lambda n: "$" * n,
    "spaces": lambda n: "$1" + " " * n + "x$ {" + " " * n + "x",
    "lists": lambda n: "[" * n,
    "objects": lambda n: '{"a":' * n,
    "closings": lambda n: "[{" * n + "]" * n,
    "quotes": lambda n: '{"' + '\\"' * n,
    "apostrophes": lambda n: "{" + "',{" * n,
    "tags": lambda n: "<think>" * n + "</think>" * n,
    "commas": lambda n: "$" + "1,1 " * n + "x$[" + "1,1 " * n + "]",
    "comments": lambda n: "[" + "//" * n + "\n" * n + "[1, #" * n,
    "percents": lambda n: "[" + "1 % " * n,
    "nested answers": lambda n: '{"action": ' * n + OBJECT + "}" * n,
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_reading_takes_no_longer_than_the_text_is_long(kind):
    def seconds(n):
        text = FOREIGN[kind](n)
        started = time.process_time()
        with contextlib.suppress(UnusableAnswerError):
            read_answer(text, NAMES, UNIT, clip=False)
        return time.process_time() - started

    # Sixteen times the text takes sixteen times as long; squared, it would take 256 times.
    ratios = []
    for _ in range(3):
        ratios.append(seconds(8_000) / max(seconds(500), 1e-4))
    assert min(ratios) < 80


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
