"""Numbers as models write them: ``.5``, a Unicode minus, a percent sign, a decimal comma.

What can be read in two ways has two readings; whoever knows the allowed range decides between them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SIGN = "[-+\u2212\u2013]?"  # the minus signs are those of keyboards, of Unicode, and the dash that stands for one
_POINT = re.compile(rf"{_SIGN}(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE]{_SIGN}[0-9]++)?(?![0-9.\w])")
_COMMA = re.compile(rf"{_SIGN}[0-9]++,[0-9]++(?![0-9.\w]|,[0-9])")
_PERCENT = re.compile(r"[ \u00a0\u202f]?%")
_SEPARATOR = re.compile(r"\s*+[,;]\s*+|\s++")
_MINUS = str.maketrans("\u2212\u2013", "--")


@dataclass(frozen=True)
class Number:
    """A number.

    Attributes:
        text: as it was written.
        readings: what it can mean, the likeliest first: of 20% a fifth and twenty, of 1,000 one and a thousand.
        percent: whether it has a percent sign.
    """

    text: str
    readings: tuple[float, ...]
    percent: bool = False


def match_number(text: str, place: int, *, decimal_comma: bool = False) -> Number | None:
    """The number that begins at a place of a text; None if there is none.

    Args:
        text: the text.
        place: where to look.
        decimal_comma: whether a single comma between digits belongs to the number.
    """
    found = _COMMA.match(text, place) if decimal_comma else None
    if found is None:
        found = _POINT.match(text, place)
    if found is None:
        return None
    percent = _PERCENT.match(text, found.end())
    written = text[place : percent.end() if percent else found.end()]
    return Number(written, _readings(found[0], percent is not None), percent is not None)


def read_number(text: str) -> Number | None:
    """The number that a whole text is; None if it is none."""
    text = text.strip()
    number = match_number(text, 0, decimal_comma=True)
    return number if number is not None and len(number.text) == len(text) else None


def read_series(text: str, count: int) -> list[Number] | None:
    """The numbers of a text that is nothing but numbers between commas, semicolons or blanks; None if it is not.

    Where every number has a comma between digits and none has a point, those are decimal commas if that makes
    ``count`` numbers; otherwise nobody can tell, and there are none.
    """
    text = text.strip()
    if text[:1] + text[-1:] in ("[]", "()"):
        text = text[1:-1].strip()
    with_commas = _series(text, decimal_comma=True) if "." not in text else None
    if with_commas and all("," in number.text for number in with_commas):
        return with_commas if len(with_commas) == count else None
    return _series(text, decimal_comma=False)


def _series(text: str, *, decimal_comma: bool) -> list[Number] | None:
    numbers, place = [], 0
    while place < len(text):
        number = match_number(text, place, decimal_comma=decimal_comma)
        if number is None:
            return None
        numbers.append(number)
        place += len(number.text)
        if place < len(text):
            between = _SEPARATOR.match(text, place)
            if between is None:
                return None
            place = between.end()
    return numbers or None


def _readings(text: str, percent: bool) -> tuple[float, ...]:
    text = text.translate(_MINUS)
    whole, comma, part = text.partition(",")
    values = [float(f"{whole}.{part}" if comma else text)]
    if comma and len(part) == 3 and whole.lstrip("+-") not in ("0", "00"):
        values.append(float(whole + part))
    if percent:
        values = [values[0] / 100, values[0]]
    return tuple(values)
