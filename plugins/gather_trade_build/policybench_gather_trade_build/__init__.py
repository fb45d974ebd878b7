"""Gather-Trade-Build: four agents of unequal skill gather, trade and build, under a tax on their income."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policybench_gather_trade_build.pettingzoo_view import parallel_env

__all__ = ["parallel_env"]


def __getattr__(name: str) -> Any:
    if name != "parallel_env":
        raise AttributeError(f"module 'policybench_gather_trade_build' has no attribute {name!r}")
    from policybench_gather_trade_build.pettingzoo_view import parallel_env

    return parallel_env
