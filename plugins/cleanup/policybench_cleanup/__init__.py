"""Clean Up: seven followers eat apples that grow only while somebody cleans the river, under three incentives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from policybench import EnvironmentSpec, Option, hookimpl

if TYPE_CHECKING:
    from policybench_cleanup.pettingzoo_view import parallel_env

__all__ = ["parallel_env", "policybench_environments"]


@hookimpl
def policybench_environments() -> Iterator[EnvironmentSpec]:
    """Announce the environment of this distribution."""
    yield EnvironmentSpec(
        name="cleanup",
        description="Seven followers eat apples or clean a river; the action pays for eating, cleaning, neither.",
        factory="policybench_cleanup.environment:CleanUp",
        options=(
            Option(
                "training_episodes", int, 20, "Episodes that followers learn from in a principal step.", minimum=0
            ),
            Option("validation_episodes", int, 1, "Episodes that the payoff is the mean of.", minimum=1),
            Option("episode_steps", int, 1000, "Game steps an episode.", minimum=1, maximum=100_000),
            Option(
                "accounting",
                str,
                "apples",
                "What counts: apples eaten and every cleaning shot, or what the paper's released code counts.",
                choices=("apples", "paper"),
            ),
            Option(
                "move_order",
                str,
                "fixed",
                "Who moves first: the last player always (the paper), or a new random order every step.",
                choices=("fixed", "random"),
            ),
            Option(
                "weights",
                str,
                None,
                "File with the followers' frozen core and starting heads, by default the one that is shipped; "
                "python -m policybench_cleanup.pretrain makes others.",
            ),
        ),
        source="Gasztowtt et al. 2024, Large Legislative Models, arXiv 2410.08345; Leibo et al. 2021, Melting Pot",
    )


def __getattr__(name: str) -> Any:
    if name != "parallel_env":
        raise AttributeError(f"module 'policybench_cleanup' has no attribute {name!r}")
    from policybench_cleanup.pettingzoo_view import parallel_env

    return parallel_env
