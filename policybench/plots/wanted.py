"""What a figure is to show, run or not: missing curves are named, and none is invented."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

Panel = tuple[str, str]
"""Environment and protocol: what may share a panel."""

_WIDTH = 46
"""Characters of a line below a panel."""


@dataclass(frozen=True)
class Missing:
    """A run that was not made yet.

    Attributes:
        principal: its name.
        label: what figures call it.
        panel: where it belongs.
    """

    principal: str
    label: str
    panel: Panel


@dataclass(frozen=True)
class Wanted:
    """The plan of a figure.

    Attributes:
        panels: in the order from left to right; others come after them, in the order of their names.
        missing: what should be there and is not.
    """

    panels: tuple[Panel, ...] = ()
    missing: tuple[Missing, ...] = ()

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Of the missing runs, what styles go by: colours stay when the runs come."""
        return [(run.principal, run.label) for run in self.missing]

    def ordered(self, found: Iterable[Panel]) -> list[Panel]:
        """All panels, those that are empty too."""
        return list(dict.fromkeys([*self.panels, *(run.panel for run in self.missing), *sorted(found)]))

    def note(self, panel: Panel | None = None) -> str:
        """What is missing, in short lines; empty if nothing is.

        Args:
            panel: of which panel; of all, if there is none.
        """
        labels = dict.fromkeys(run.label for run in self.missing if panel in (None, run.panel))
        return textwrap.fill(f"Not run yet: {', '.join(labels)}.", _WIDTH) if labels else ""


EVERYTHING_RAN = Wanted()
