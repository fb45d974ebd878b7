"""What the numbers of an action are called in figures."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from policybench.recorded import recorded_environment
from policybench.relabelling.runs import plain_entry
from policybench.store.manifest import PluginEntry

_WIDTH = 20
"""Characters of a line over a narrow panel."""


def dimension_names(environment: PluginEntry, count: int) -> list[str]:
    """The names of the numbers of an action, as the installed environment gives them, in short lines.

    Args:
        environment: what a manifest says of it; names are those of the environment's own numbers, not of
            relabelled ones.
        count: how many numbers the recorded actions have.

    Returns:
        [count]; ``action [0]`` and so on where the environment is not installed or has become another one.
    """
    unknown = [f"action [{number}]" for number in range(count)]
    try:
        problem = recorded_environment(plain_entry(environment), [0]).problem
        names = [part.name for part in problem.description.action]
    except Exception:  # noqa: BLE001 - another person's plugin may fail in any way, and a figure needs no names
        return unknown
    return in_short_lines(names) if len(names) == count else unknown


def in_short_lines(names: Iterable[str]) -> list[str]:
    """The names, each broken into lines that fit over a narrow panel."""
    return [textwrap.fill(name, _WIDTH) for name in names]
