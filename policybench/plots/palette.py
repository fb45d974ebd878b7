"""Colours of principals: the same for a principal in every picture, told apart by people with colour-blindness."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

COLOURS = (
    *("#0072b2", "#e07b00", "#009e73", "#cc5fa0", "#d5452b", "#4aa3df", "#8c7a1f", "#7a6fd0"),
    *("#8400fc", "#606060", "#00c054", "#a860fc", "#c000a8", "#90543c", "#fc6c84", "#84b430"),
)
"""The first eight after Okabe and Ito (2008), darkened or lightened where a line would be lost on white or on
near-black; the others lie as far from these as they can, for common sight and for those who see no red or green.
"""

DASHES = ("solid", "dash", "dot", "dashdot")

_OWN = {
    "ucb": ("#0072b2", "solid"),
    "epsilon-greedy": ("#e07b00", "solid"),
    "thompson": ("#009e73", "solid"),
    "ai-economist": ("#cc5fa0", "solid"),
    "metagrad": ("#d5452b", "solid"),
    "cma-es": ("#4aa3df", "solid"),
    "tpe": ("#8c7a1f", "dash"),
    "optuna-gp": ("#7a6fd0", "dash"),
    "gp-bo": ("#8400fc", "solid"),
    "random": ("#606060", "solid"),
    "sobol": ("#00c054", "dash"),
}
"""Colours that no other principal gets, each with the dashes that its first line has: not solid where somebody who
sees no red or no green would take the colour for another one."""

_SHARED = tuple(colour for colour in COLOURS if colour not in dict(_OWN.values()))
"""The colours of all other principals, by their names."""


@dataclass(frozen=True)
class Style:
    """How a line is drawn: a CSS colour, and one of ``DASHES``."""

    colour: str
    dash: str


def styles(lines: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Style]:
    """One style per line, by (principal, variant); no two are equal unless there are more than 64 lines.

    The colour depends on the principal's name alone, so that it is the same whatever it is shown beside. Lines of
    one colour, such as variants of one principal, are told apart by their dashes. Only where these do not suffice,
    a line gets a colour that is not its principal's.

    >>> one = styles([("ucb", "ucb"), ("random", "random")])
    >>> more = styles([("ucb", "ucb"), ("ucb", "ucb-c=1"), ("thompson", "thompson")])
    >>> one["ucb", "ucb"] == more["ucb", "ucb"]
    True
    >>> more["ucb", "ucb-c=1"].dash
    'dash'
    """
    wanted = sorted(set(lines))
    found: dict[tuple[str, str], Style] = {}
    free = dict.fromkeys(Style(colour, dash) for dash in DASHES for colour in (*_SHARED, *COLOURS))
    for line in wanted:
        colour, first = _first_style(line[0])
        at = DASHES.index(first)
        own = [Style(colour, dash) for dash in DASHES[at:] + DASHES[:at]]
        if (style := next((style for style in own if style in free), None)) is not None:
            found[line] = style
            del free[style]
    for number, line in enumerate(line for line in wanted if line not in found):
        style = next(iter(free), None) or Style(COLOURS[number % len(COLOURS)], DASHES[-1])
        found[line] = style
        free.pop(style, None)
    return found


def _first_style(principal: str) -> tuple[str, str]:
    """Colour and dashes of a principal's first line."""
    if own := _OWN.get(principal):
        return own
    digest = hashlib.sha256(principal.encode()).digest()
    return _SHARED[digest[0] % len(_SHARED)], DASHES[0]


def translucent(colour: str, opacity: float) -> str:
    """A colour that lets through what is behind it.

    >>> translucent("#0072b2", 0.15)
    'rgba(0,114,178,0.15)'
    """
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"
