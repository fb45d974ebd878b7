"""Somebody else's game with roles: Simple Tag of MPE2 under a bonus for keeping watch and a fine for crowding.

Only the announcement stands here; torch and the game are imported when they are first used.
"""

from __future__ import annotations

from collections.abc import Iterator

from policybench import EnvironmentSpec, hookimpl
from policybench.pettingzoo import follower_options

OPTIONS = follower_options(
    training_episodes=64,
    games=8,
    validation_episodes=8,
    hidden=32,
    learning_rate=5e-3,
    discount=0.9,
    gae_lambda=0.9,
    epochs=8,
    entropy_coefficient=0.01,
)


@hookimpl
def policybench_environments() -> Iterator[EnvironmentSpec]:
    """Announce the environment of this distribution."""
    yield EnvironmentSpec(
        name="crowded-tag",
        description="Three pursuers and a runner; a bonus keeps the runner in view, a fine keeps pursuers apart.",
        factory="policybench_crowded_tag.game:crowded_tag",
        options=OPTIONS,
        source="Lowe et al. (2017), Multi-agent actor-critic for mixed cooperative-competitive environments",
    )
