"""Melting Pot's own Commons Harvest and Clean Up, on DeepMind's engine, behind a tax and incentives.

Only announcements stand here; torch and the engine are imported when they are first used.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from policybench import EnvironmentSpec, Option, hookimpl
from policybench.pettingzoo import follower_options

if TYPE_CHECKING:
    from policybench_meltingpot.games import CleanUpGame, HarvestGame

__version__ = "0.1.0"
__all__ = ["CleanUpGame", "HarvestGame", "policybench_environments"]

SOURCE = (
    "Leibo et al. (2021), Scalable evaluation of multi-agent RL with Melting Pot; "
    "Gasztowtt et al. (2024), Large Legislative Models, arXiv 2410.08345"
)


def _options(training_episodes: int) -> tuple[Option, ...]:
    downscale = Option(
        "downscale", int, 1, "Followers see means of squares of 1, 2, 4 or 8 pixels a side.", minimum=1, maximum=8
    )
    return (downscale, *follower_options(training_episodes=training_episodes, hidden=128))


@hookimpl
def policybench_environments() -> Iterator[EnvironmentSpec]:
    """Announce the environments of this distribution."""
    yield EnvironmentSpec(
        name="meltingpot-harvest",
        description="Commons Harvest on DeepMind's engine, from pixels; the action is a tax rate a bracket.",
        factory="policybench_meltingpot.environments:harvest",
        options=_options(5),
        source=SOURCE,
    )
    yield EnvironmentSpec(
        name="meltingpot-cleanup",
        description="Clean Up on DeepMind's engine, from pixels; the action pays for eating, cleaning, neither.",
        factory="policybench_meltingpot.environments:cleanup",
        options=_options(20),
        source=SOURCE,
    )


def __getattr__(name: str) -> Any:
    if name not in ("CleanUpGame", "HarvestGame"):
        raise AttributeError(f"module 'policybench_meltingpot' has no attribute {name!r}")
    return getattr(import_module("policybench_meltingpot.games"), name)
