"""Colours of principals: the same for a principal in every picture, told apart by people with colour-blindness."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

COLOURS = ("#0072b2", "#e07b00", "#009e73", "#cc5fa0", "#d5452b", "#4aa3df", "#8c7a1f", "#7a6fd0")
"""After Okabe and Ito (2008), darkened or lightened where a line would be lost on white or on near-black."""

DASHES = ("solid", "dash", "dot", "dashdot")

_SALT = 3444
"""Chosen so that common methods get different colours."""


@dataclass(frozen=True)
class Style:
    """How a line is drawn: a CSS colour, and one of ``DASHES``."""

    colour: str
    dash: str


def styles(lines: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Style]:
    """One style per line, by (principal, variant).

    The colour depends on the principal's name alone, so that it is the same whatever it is shown beside. Lines of
    one colour, such as variants of one principal, are told apart by their dashes.

    >>> one = styles([("ucb", "ucb"), ("random", "random")])
    >>> more = styles([("ucb", "ucb"), ("ucb", "ucb-c=1"), ("thompson", "thompson")])
    >>> one["ucb", "ucb"] == more["ucb", "ucb"]
    True
    >>> more["ucb", "ucb-c=1"].dash
    'dash'
    """
    found: dict[tuple[str, str], Style] = {}
    used: dict[str, int] = {}
    for principal, variant in sorted(set(lines)):
        digest = hashlib.sha256(f"{_SALT} {principal}".encode()).digest()
        colour = COLOURS[digest[0] % len(COLOURS)]
        number = used.get(colour, 0)
        used[colour] = number + 1
        found[principal, variant] = Style(colour, DASHES[number % len(DASHES)])
    return found


def translucent(colour: str, opacity: float) -> str:
    """A colour that lets through what is behind it.

    >>> translucent("#0072b2", 0.15)
    'rgba(0,114,178,0.15)'
    """
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"
