"""From recorded rows to numbers.

``metrics`` defines what a seed is measured by, ``curves`` holds the recorded rows, ``scores`` is what a run is
measured by, ``summary`` adds what it was and what it cost. ``statistics`` estimates over seeds, ``aggregates``
over environments; ``ranking`` puts several runs in order, ``comparison`` holds two against each other, and
``formats`` writes estimates as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policybench.lazy import lazy_names

if TYPE_CHECKING:
    from policybench.analysis.formats import estimate_text
    from policybench.analysis.ranking import FEWEST_SEEDS
    from policybench.analysis.statistics import Estimate, mean_with_interval, paired_p_values

__all__ = ["FEWEST_SEEDS", "Estimate", "estimate_text", "mean_with_interval", "paired_p_values"]

__getattr__ = lazy_names(
    __name__,
    {
        "formats": ["estimate_text"],
        "ranking": ["FEWEST_SEEDS"],
        "statistics": ["Estimate", "mean_with_interval", "paired_p_values"],
    },
)
