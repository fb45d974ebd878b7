"""Figures of finished and unfinished runs, for papers and talks; ``policybench plot`` writes them.

One file a kind of figure, each a function from runs to a Matplotlib figure: ``learning_curves``,
``actions_over_time``, ``performance_profile``, ``runtime_ecdf``; ``kinds`` lists them by name, and
``landscape_slices`` draws payoff landscapes. ``canvas`` is what all figures share, ``palette`` the colours of
principals, ``dimensions`` the names of an action's numbers, and ``series`` thins long runs to what can be seen.
``animation`` writes pictures of episodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policybench.lazy import lazy_names

if TYPE_CHECKING:
    from policybench.plots.canvas import COLUMN, THEMES, check_format, new_figure, save, themed
    from policybench.plots.palette import COLOURS

__all__ = ["COLOURS", "COLUMN", "THEMES", "check_format", "new_figure", "save", "themed"]

__getattr__ = lazy_names(
    __name__,
    {
        "canvas": ["COLUMN", "THEMES", "check_format", "new_figure", "save", "themed"],
        "palette": ["COLOURS"],
    },
)
