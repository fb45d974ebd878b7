from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybench import InputError, Option
from policybench.options import changed, parse_options

OPTIONS = (
    Option("c", float, 0.2, "exploration", minimum=0.0),
    Option("levels", int, None, "levels", minimum=2, maximum=100),
    Option("action", tuple, None, "constant action"),
    Option("ties", str, "random", "ties", choices=("random", "first")),
    Option("observe", bool, True, "whether to look"),
)


def parse(*texts: str) -> dict[str, object]:
    return parse_options("principal ucb", "-p", texts, OPTIONS)


def test_defaults_fill_in():
    assert parse("c=1") == {"c": 1.0, "levels": None, "action": None, "ties": "random", "observe": True}


def test_a_second_value_is_refused():
    with pytest.raises(InputError, match="-p c=1 and -p c=2: an option takes one value; give it once"):
        parse("c=1", "ties=first", "c=2")


def test_each_type_is_parsed():
    values = parse("c=0.5", "levels=7", "action=0.2,0.5,1", "ties=first", "observe=false")
    assert values == {"c": 0.5, "levels": 7, "action": (0.2, 0.5, 1.0), "ties": "first", "observe": False}
    assert list(changed(values, OPTIONS)) == ["c", "levels", "action", "ties", "observe"]
    assert changed(parse(), OPTIONS) == {}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("c=-1", ["-p c=-1", "at least 0"]),
        ("c=x", ["-p c=x: c takes a number, at least 0"]),
        ("c=nan", ["-p c=nan", "not a finite number"]),
        ("c=inf", ["-p c=inf", "not a finite number"]),
        ("levels=1", ["levels=1: levels takes an integer, at least 2, at most 100"]),
        ("levels=2.5", ["levels=2.5", "integer"]),
        ("action=0.1,a", ["action=0.1,a", "numbers separated by commas"]),
        ("ties=last", ["ties=last", "one of random, first"]),
        ("observe=perhaps", ["observe=perhaps", "true or false"]),
        ("level=3", ["has no option 'level'", "c, levels, action", "Did you mean 'levels'?"]),
        ("c", ["-p c: expected name=value"]),
    ],
)
def test_wrong_options_are_named_in_one_line(text, parts):
    with pytest.raises(InputError) as caught:
        parse(text)
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message


@given(st.floats(0, 1e300))
def test_floats_survive_text(value):
    assert parse(f"c={value!r}")["c"] == value


def test_values_may_be_given_as_they_are():
    given = {"c": 1, "levels": np.int64(7), "action": [0, np.float32(0.5)], "ties": "first", "observe": False}
    values = parse_options("principal ucb", "principal_options:", given, OPTIONS)
    assert values == {"c": 1.0, "levels": 7, "action": (0.0, 0.5), "ties": "first", "observe": False}
    assert parse_options("principal ucb", "principal_options:", {"levels": None}, OPTIONS) == parse()
    assert parse_options("", "", {"action": np.array([1.0, 2.0])}, OPTIONS)["action"] == (1.0, 2.0)


@pytest.mark.parametrize(
    ("given", "parts"),
    [
        ({"c": -1.0}, ["principal_options: c=-1.0", "at least 0"]),
        ({"c": "0.2"}, ["c=0.2: '0.2' has another type", "c takes a number"]),
        ({"c": True}, ["True has another type"]),
        ({"c": None}, ["None has another type"]),
        ({"c": float("nan")}, ["not a finite number"]),
        ({"levels": 2.0}, ["levels=2.0", "integer"]),
        ({"levels": 101}, ["levels=101", "at most 100"]),
        ({"action": []}, ["action=", "numbers separated by commas"]),
        ({"action": ["a"]}, ["has another type", "numbers separated by commas"]),
        ({"ties": "last"}, ["one of random, first"]),
        ({"observe": 1}, ["observe=1: 1 has another type", "true or false"]),
        ({"level": 3}, ["has no option 'level'", "Did you mean 'levels'?"]),
    ],
)
def test_wrong_values_are_named_in_one_line(given, parts):
    with pytest.raises(InputError) as caught:
        parse_options("principal ucb", "principal_options:", given, OPTIONS)
    assert "\n" not in str(caught.value)
    for part in parts:
        assert part in str(caught.value)
