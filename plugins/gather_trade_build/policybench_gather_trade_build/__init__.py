"""Gather-Trade-Build: four agents of unequal skill gather, trade and build, under a tax on their income."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from policybench import EnvironmentSpec, Option, PrincipalSpec, hookimpl

if TYPE_CHECKING:
    from policybench_gather_trade_build.pettingzoo_view import parallel_env

__all__ = ["parallel_env", "policybench_environments", "policybench_principals"]


@hookimpl
def policybench_environments() -> Iterator[EnvironmentSpec]:
    """Announce the environment of this distribution."""
    yield EnvironmentSpec(
        name="gather-trade-build",
        description="Four agents of unequal skill gather, trade and build; the action taxes their income.",
        factory="policybench_gather_trade_build.environment:GatherTradeBuild",
        options=(
            Option(
                "welfare",
                str,
                "equality-productivity",
                "The payoff: equality times mean coin, or mean utility weighted by the inverse of coin.",
                choices=("equality-productivity", "utilitarian"),
            ),
            Option(
                "training_episodes", int, 5, "Episodes that followers learn from in a principal step.", minimum=0
            ),
            Option("validation_episodes", int, 16, "Episodes that the payoff is the mean of.", minimum=1),
            Option("episode_steps", int, 1000, "Game steps an episode.", minimum=1, maximum=100_000),
            Option(
                "weights",
                str,
                None,
                "File with the followers' frozen core and starting heads, by default the one that is shipped; "
                "python -m policybench_gather_trade_build.pretrain makes others.",
            ),
        ),
        source="Zheng et al. 2022, The AI Economist, Science Advances 8(18), arXiv 2108.02755",
        why_not_overall="two principals cannot play it: metagrad needs a gradient, and seven rates make more arms "
        "than epsilon-greedy takes",
    )


@hookimpl
def policybench_principals() -> Iterator[PrincipalSpec]:
    """Announce the principals of economics, which play this environment only."""
    module = "policybench_gather_trade_build.principals"
    yield PrincipalSpec(
        name="free-market",
        description="No tax; plays gather-trade-build only.",
        factory=f"{module}:FreeMarket",
    )
    yield PrincipalSpec(
        name="us-federal",
        description="The United States' federal income tax of 2019; plays gather-trade-build only.",
        factory=f"{module}:UsFederal",
    )
    yield PrincipalSpec(
        name="saez",
        description="An income tax by the formula of Saez; plays gather-trade-build only.",
        factory=f"{module}:Saez",
        source="Saez 2001, Using elasticities to derive optimal income tax rates; Zheng et al. 2022",
    )


def __getattr__(name: str) -> Any:
    if name != "parallel_env":
        raise AttributeError(f"module 'policybench_gather_trade_build' has no attribute {name!r}")
    from policybench_gather_trade_build.pettingzoo_view import parallel_env

    return parallel_env
