"""From a model's text to an action: found wherever it stands, and checked, since no server can be relied on."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

from policybench import Floats

_DOLLARS = re.compile(r"\$+([^$]+)\$+")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_LIST = re.compile(rf"\s*[\[(]?\s*{_NUMBER}(?:\s*[,;\s]\s*{_NUMBER})*\s*[\])]?\s*")


class UnusableAnswerError(ValueError):
    """An answer holds no action; the message says what is wrong, in words that a model understands."""


@dataclass(frozen=True)
class Answer:
    """An action that was read from an answer; ``clipped`` says whether numbers were moved into range."""

    action: Floats
    clipped: bool


def read_answer(text: str, names: Sequence[str], space: spaces.Box, *, clip: bool) -> Answer:
    """The action in an answer.

    Taken is the whole text if it is JSON, else the last list between dollar signs, else the last JSON in the text.

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
    candidates = list(_candidates(text, names))
    fitting = [numbers for numbers in candidates if len(numbers) == len(names)]
    if not fitting:
        if candidates:
            raise UnusableAnswerError(
                f"it has {_count(len(candidates[-1]))} where {_count(len(names))} are expected"
            )
        raise UnusableAnswerError("there is no JSON object of numbers in it")
    numbers = fitting[0]
    if not all(map(math.isfinite, numbers)):
        raise UnusableAnswerError("its numbers must be finite")
    action = np.array(numbers, dtype=np.float64) + 0.0  # no negative zeros
    low, high = space.low.astype(np.float64), space.high.astype(np.float64)
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


def _count(number: int) -> str:
    return f"{number} number{'' if number == 1 else 's'}"


def _candidates(text: str, names: Sequence[str]) -> Iterator[list[float]]:
    """Lists of numbers in the text, the most trustworthy first."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        pass
    else:
        yield from filter(None, [_numbers(whole, names)])
    for inside in reversed(_DOLLARS.findall(text)):
        if _LIST.fullmatch(inside):
            yield [float(number) for number in re.findall(_NUMBER, inside)]
        else:
            yield from _in_json(inside, names)
    yield from _in_json(text, names)


def _in_json(text: str, names: Sequence[str]) -> list[list[float]]:
    """Objects and lists of numbers that stand anywhere in the text, the last first."""
    decoder, found, position = json.JSONDecoder(), [], 0
    while (start := _next_bracket(text, position)) is not None:
        try:
            value, position = decoder.raw_decode(text, start)
        except ValueError:
            position = start + 1
            continue
        except RecursionError:
            break  # nothing but brackets
        numbers = _numbers(value, names)
        if numbers:
            found.append(numbers)
        else:
            position = start + 1  # what is wanted may stand inside
    return found[::-1]


def _next_bracket(text: str, position: int) -> int | None:
    found = re.compile(r"[\[{]").search(text, position)
    return found.start() if found else None


def _numbers(value: Any, names: Sequence[str]) -> list[float] | None:
    """The numbers of a JSON value: by name, or all of a flat list or object; None if there is anything else."""
    if isinstance(value, dict):
        if set(names) <= set(value):
            return _numbers([value[name] for name in names], names)
        if len(value) == 1:
            return _numbers(next(iter(value.values())), names)
        return _numbers(list(value.values()), names)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = [value]
    if not isinstance(value, list) or not value:
        return None
    numbers = [_number(item) for item in value]
    return None if any(number is None for number in numbers) else [n for n in numbers if n is not None]


def _number(item: Any) -> float | None:
    if isinstance(item, str) and re.fullmatch(_NUMBER, item.strip()):
        item = float(item)
    if isinstance(item, bool) or not isinstance(item, int | float):
        return None
    try:
        return float(item)
    except OverflowError:
        return math.inf
