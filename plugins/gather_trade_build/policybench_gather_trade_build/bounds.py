"""What the rules allow at the very most: payoffs and counts that no play can exceed.

They follow from the rules. A house needs a cell of land that is no source, and stays for ever. Its builder stands
on it afterwards and cannot build there again, so that it builds at best in every other step. Coin comes from
houses alone, none is lost, and nobody can owe any. An agent does one thing a step: building costs 10 units of
labour, and any other thing at most 2, a move and a unit gathered.
"""

from __future__ import annotations

import numpy as np

from policybench_gather_trade_build import map as board
from policybench_gather_trade_build.rules import (
    AVERSION,
    BUILD_LABOUR,
    GATHER_LABOUR,
    LABOUR_COST,
    MAX_BOOK,
    MOVE_LABOUR,
    N_AGENTS,
    TAX_PERIOD,
    make_rules,
)


def most_labour(n_steps: int) -> float:
    """Labour of one agent in so many steps."""
    return BUILD_LABOUR * _most_builds(n_steps) + (MOVE_LABOUR + GATHER_LABOUR) * (n_steps // 2)


def most_houses(n_steps: int) -> int:
    """Houses of all agents in so many steps."""
    land = int((board.ground() == board.LAND).sum())
    return min(N_AGENTS * _most_builds(n_steps), land)


def most_trades(n_steps: int) -> int:
    """Units of one good that change hands in so many steps; each takes two orders, some of which are older."""
    return (N_AGENTS * n_steps + MAX_BOOK) // 2


def payoff_bounds(welfare: str, n_steps: int) -> tuple[float, float]:
    """The lowest and the highest payoff of an episode of so many steps.

    Equality lies between 0 and 1, and mean coin is highest if the ablest build all they can. Utility is concave in
    coin, and a mean that weights by the inverse of coin lies below the plain one; so the mean utility is at most
    that of the mean coin without any labour. At least it is that of an agent who works most for nothing.

    Args:
        welfare: ``equality-productivity`` or ``utilitarian``.
        n_steps: of the episode.
    """
    left, coin = most_houses(n_steps), 0.0
    for payment in sorted(make_rules().payments.tolist(), reverse=True):
        built = min(left, _most_builds(n_steps))
        left, coin = left - built, coin + built * payment
    mean = coin / N_AGENTS
    if welfare == "equality-productivity":
        return 0.0, mean
    # Whoever has less than one coin is weighted as if it had one, which raises the mean by one at most.
    return _utility(0.0) - LABOUR_COST * most_labour(n_steps), _utility(mean + 1)


def _most_builds(n_steps: int) -> int:
    return -(-n_steps // 2)


def _utility(coin: float) -> float:
    return float((np.power(coin, 1 - AVERSION) - 1) / (1 - AVERSION))


MOST_LABOUR = most_labour(TAX_PERIOD)
"""Of an agent in a tax period."""

MOST_HOUSES, MOST_TRADES = most_houses(TAX_PERIOD), most_trades(TAX_PERIOD)
"""Of all agents in a tax period; trades of one good."""
