"""Patterns of commands, as documents show them.

A word in capitals, ``...``, or nothing after an equals sign stands for any value, ``name=value`` for any option;
brackets mark what may be left out; ``|`` separates alternatives.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

_OPEN = re.compile(r"[A-Z][A-Z_]*|.*\.\.\..*|(?:name|option)=value|")


def is_open(value: str) -> bool:
    """Whether a word or an option's value stands for any."""
    return bool(_OPEN.fullmatch(value))


def is_pattern(words: Sequence[str]) -> bool:
    """Whether the command is a pattern, which cannot be run."""
    return any(
        is_open(word) or is_open(word.rpartition("=")[2]) or word[0] == "[" or "|" in word for word in words
    )


def alternatives(words: Sequence[str]) -> Iterator[list[str]]:
    """Every command of a pattern, with all that may be left out."""
    choices = (word.removeprefix("[").removesuffix("]").split("|") for word in words)
    yield from map(list, itertools.product(*choices))
