"""Commons Harvest: seven followers eat apples that regrow only near other apples, under a principal's tax."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from policybench import EnvironmentSpec, Option, hookimpl

if TYPE_CHECKING:
    from policybench_harvest.pettingzoo_view import parallel_env

__all__ = ["parallel_env", "policybench_environments"]


@hookimpl
def policybench_environments() -> Iterator[EnvironmentSpec]:
    """Announce the game with the paper's five training episodes, and with more."""
    yield _harvest(
        "harvest",
        "Seven followers share a commons of apples; the action is a tax rate for each income bracket.",
        training_episodes=5,
    )
    yield _harvest(
        "harvest-settled",
        "Harvest with 12 training episodes, after which followers are nearer to a best response.",
        training_episodes=12,
        why_not_overall="it is harvest with more training episodes, and the same game would count twice",
    )


def _harvest(name: str, description: str, *, training_episodes: int, why_not_overall: str = "") -> EnvironmentSpec:
    return EnvironmentSpec(
        name=name,
        description=description,
        factory="policybench_harvest.environment:Harvest",
        options=(
            Option(
                "training_episodes",
                int,
                training_episodes,
                "Episodes that followers learn from in a principal step.",
                minimum=0,
            ),
            Option("validation_episodes", int, 1, "Episodes that the payoff is the mean of.", minimum=1),
            Option("episode_steps", int, 1000, "Game steps an episode.", minimum=1, maximum=100_000),
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
                "python -m policybench_harvest.pretrain makes others.",
            ),
        ),
        source=(
            "Gasztowtt et al. (2024), Large Legislative Models, arXiv 2410.08345; "
            "Leibo et al. (2021), Scalable evaluation of multi-agent RL with Melting Pot"
        ),
        why_not_overall=why_not_overall,
    )


def __getattr__(name: str) -> Any:
    if name != "parallel_env":
        raise AttributeError(f"module 'policybench_harvest' has no attribute {name!r}")
    from policybench_harvest.pettingzoo_view import parallel_env

    return parallel_env
