"""Estimates as people read them."""

from __future__ import annotations

from policybench.analysis.statistics import Estimate


def estimate_text(estimate: Estimate | None, style: str = ".4g") -> str:
    """``mean [low, high]``; a hyphen where there is none.

    >>> estimate_text(Estimate(2.0, 1.5, 2.5, 5))
    '2 [1.5, 2.5]'
    >>> estimate_text(Estimate(2.0, None, None, 5))
    '2 (no spread seen in 5 seeds)'
    >>> estimate_text(Estimate(2.0, None, None, 1))
    '2 (1 seed)'
    """
    if estimate is None:
        return "-"
    if estimate.low is None or estimate.high is None:
        why = "1 seed" if estimate.seeds == 1 else f"no spread seen in {estimate.seeds} seeds"
        return f"{estimate.mean:{style}} ({why})"
    return f"{estimate.mean:{style}} [{estimate.low:{style}}, {estimate.high:{style}}]"


def costs_text(costs: dict[str, float]) -> str:
    """What principals noted beside their timesteps, such as calls and money; a hyphen if nothing."""
    return ", ".join(f"{value:,.6g} {name.replace('_', ' ')}" for name, value in costs.items()) or "-"
