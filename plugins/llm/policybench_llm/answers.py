"""From a model's text to an action: found wherever it stands, and checked, since no server can be relied on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

from policybench import Floats
from policybench_llm.notation import Container, as_number, find_containers, unquoted
from policybench_llm.numerals import Number, read_series
from policybench_llm.thinking import without_thinking

_ANSWERS = ("action", "next_action", "next", "answer", "final", "arguments", "parameters", "input")
"""Names under which an action stands beside others that are not meant, or as a text of its own."""

_NOTHING_FOUND = "there is no JSON object of numbers in it"


class UnusableAnswerError(ValueError):
    """An answer holds no action; the message says what is wrong, in words that a model understands."""


@dataclass(frozen=True)
class Answer:
    """An action that was read from an answer; ``clipped`` says whether numbers were moved into range."""

    action: Floats
    clipped: bool


def read_answer(text: str, names: Sequence[str], space: spaces.Box, *, clip: bool) -> Answer:
    """The action in an answer.

    Thinking is left out. Of what remains, the last object that has exactly the right names is taken, in whatever
    order and case; else the last one that has others besides; else the last list between dollar signs; else the
    last list.

    Args:
        text: the answer.
        names: of the numbers, as the answer's object has them.
        space: of actions.
        clip: whether numbers out of range are clipped; otherwise they make the answer unusable.

    Raises:
        UnusableAnswerError: there is no action in it, or one that is not allowed.
    """
    if not text.strip():
        raise UnusableAnswerError("it is empty")
    spoken, thinking = without_thinking(unquoted(text))
    if thinking:
        raise UnusableAnswerError("it was cut off while thinking, before the answer")
    if not spoken.strip():
        raise UnusableAnswerError("there is nothing after the thinking")
    containers = _with_answers_last(find_containers(spoken))
    numbers = _from_objects(containers, names) or _from_lists(spoken, containers, names)
    low, high = space.low.astype(np.float64), space.high.astype(np.float64)
    values = [_decided(number, *each) for number, *each in zip(numbers, names, low, high, strict=True)]
    if not all(map(math.isfinite, values)):
        raise UnusableAnswerError("its numbers must be finite")
    action = np.array(values, dtype=np.float64) + 0.0  # no negative zeros
    inside = np.clip(action, low, high)
    # Compared in the space's own precision: 0.9 is in a float32 box that ends at 0.9.
    outside = np.flatnonzero(action.astype(space.dtype) != inside.astype(space.dtype)).tolist()
    if outside and not clip:
        faults = ", ".join(f"{names[i]} = {action[i]:g} is not in [{low[i]:g}, {high[i]:g}]" for i in outside)
        raise UnusableAnswerError(faults)
    return Answer(inside, clipped=bool(outside))


def schema_of(names: Sequence[str]) -> dict[str, Any]:
    """The JSON schema of an answer: numbers by name, as not every server can count the items of a list."""
    return {
        "type": "object",
        "properties": {name: {"type": "number"} for name in names},
        "required": list(names),
        "additionalProperties": False,
    }


def _with_answers_last(containers: list[Container]) -> list[Container]:
    """The same, with what an object calls its action behind what else stands in the object."""
    ordered = []
    for container in containers:
        ordered.append(container)
        if container.is_object and container.whole:
            for key, value in zip(container.keys, container.items, strict=True):
                if key.lower() in _ANSWERS:
                    if isinstance(value, Container):
                        ordered.append(value)
                    elif isinstance(value, str):
                        ordered += find_containers(value)
    return ordered


def _from_objects(containers: Sequence[Container], names: Sequence[str]) -> list[Number] | None:
    """The numbers of the object that is meant; None if there is no object that could be meant."""
    wanted = {name.lower() for name in names}
    attempts = [each for each in containers if each.is_object and _is_attempt(each, wanted)]
    if not attempts:
        return None
    if not attempts[-1].whole:
        raise UnusableAnswerError("its last object is cut off, or is not JSON")
    whole = [(each, _keys(each)) for each in attempts if each.whole]
    meant = [each for each, keys in whole if set(keys) == wanted] or [
        each for each, keys in whole if set(keys) >= wanted
    ]
    if not meant:
        found = ", ".join(attempts[-1].keys)
        raise UnusableAnswerError(f"its object has the names {found} where {', '.join(names)} are expected")
    keys = _keys(meant[-1])
    values = dict(zip(keys, meant[-1].items, strict=True))
    numbers = []
    for name in names:
        number = as_number(values[name.lower()])
        if number is None:
            raise UnusableAnswerError(f"{name} is no number in it")
        if keys.count(name.lower()) > 1:
            raise UnusableAnswerError(f"{name} stands in it more than once")
        numbers.append(number)
    return numbers


def _is_attempt(container: Container, wanted: set[str]) -> bool:
    """Whether an object looks like an answer, a good one or not."""
    if any(item is ... for item in container.items):
        return False  # it shows the form of an answer
    keys = _keys(container)
    if wanted.intersection(keys):
        return True
    if not container.whole:
        return container.cut and not keys
    return len(keys) == len(wanted) and all(as_number(item) is not None for item in container.items)


def _keys(container: Container) -> list[str]:
    return [key.strip().lower() for key in container.keys]


def _from_lists(text: str, containers: Sequence[Container], names: Sequence[str]) -> list[Number]:
    """The numbers of the last list between dollar signs, or of the last list at all."""
    between = [read_series(part, len(names)) for part in text.split("$")[1:-1]]
    lists = [_series_of(text, each, len(names)) for each in containers if each.whole and not each.is_object]
    found = [numbers for numbers in [*lists, *between, read_series(text, len(names))] if numbers]
    if not found:
        raise UnusableAnswerError(_NOTHING_FOUND)
    fitting = [numbers for numbers in found if len(numbers) == len(names)]
    if not fitting:
        count, expected = len(found[-1]), len(names)
        raise UnusableAnswerError(f"it has {_count(count)} where {_count(expected)} are expected")
    return fitting[-1]


def _series_of(text: str, container: Container, count: int) -> list[Number] | None:
    numbers = [as_number(item) for item in container.items]
    series = [number for number in numbers if number is not None]
    if len(series) < len(numbers):
        return None
    if len(series) == count or container.end < 0:
        return series
    return read_series(text[container.start : container.end], count) or series


def _decided(number: Number, name: str, low: float, high: float) -> float:
    """The one of a number's readings that is in range; the first if none is.

    Raises:
        UnusableAnswerError: more than one is.
    """
    if len(number.readings) == 1 or (number.percent and max(abs(low), abs(high)) <= 1):
        return number.readings[0]
    inside = sorted({reading for reading in number.readings if low <= reading <= high})
    if len(inside) > 1:
        raise UnusableAnswerError(
            f"{name} = {number.text} can be read as {inside[0]:g} and as {inside[1]:g}; write a plain number"
        )
    return inside[0] if inside else number.readings[0]


def _count(number: int) -> str:
    return f"{number} number{'' if number == 1 else 's'}"
