"""Somebody else's game with a principal: Simple Spread of MPE2 under a tax on moving.

Only the announcement stands here; torch and the game are imported when they are first used.
"""

from __future__ import annotations

from collections.abc import Iterator

from policybench import EnvironmentSpec, hookimpl
from policybench.pettingzoo import follower_options


@hookimpl
def policybench_environments() -> Iterator[EnvironmentSpec]:
    """Announce the environment of this distribution."""
    yield EnvironmentSpec(
        name="taxed-spread",
        description="Three agents spread over three landmarks; moving costs the public, and a tax tells them so.",
        factory="policybench_taxed_spread.game:taxed_spread",
        options=follower_options(
            training_episodes=48, games=12, learning_rate=5e-3, discount=0.9, validation_episodes=6
        ),
        source="Lowe et al. (2017), Multi-agent actor-critic for mixed cooperative-competitive environments",
    )
