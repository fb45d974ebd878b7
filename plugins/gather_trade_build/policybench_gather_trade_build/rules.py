"""The numbers of the game's rules; no step changes them."""

from __future__ import annotations

import numpy as np

from policybench import InputError
from policybench.gridworld import Record, make_record
from policybench_gather_trade_build import map as board

N_AGENTS = 4

COIN = 0
"""What agents hold, an axis of three: coin, then the goods (``1 + good``)."""

MAX_PRICE = 10
"""Prices are whole numbers from 0 to this."""

N_PRICES = MAX_PRICE + 1

MAX_OPEN_ORDERS = 5
"""Open orders, bids and asks together, of an agent for a good."""

MAX_BOOK = N_AGENTS * MAX_OPEN_ORDERS
"""Bids, or asks, for a good that can be open at once."""

ORDER_DURATION = 50
"""The greatest age at which an order takes part; it is 0 in the step in which it is placed."""

PRICE_MEMORY = 0.995
"""What a step leaves of the count of earlier sales."""

MOVE_LABOUR, GATHER_LABOUR, ORDER_LABOUR, BUILD_LABOUR = 1.0, 1.0, 0.25, 10.0

LABOUR_COST = 0.21
"""Utility that a unit of labour costs."""

AVERSION = 0.23
"""eta of the isoelastic utility of coin."""

TAX_PERIOD = 100
REGROWTH = 0.01
EPISODE_STEPS = 1000

BRACKETS = (0.0, 9.7, 39.475, 84.2, 160.725, 204.1, 510.3)
"""Where the brackets of income begin, in coin.

Those of a single filer in the United States, in thousands of dollars; there they divide the income of a year, here
that of a tax period. The papers date them to 2018; they are those of 2019.
"""

N_BRACKETS = len(BRACKETS)

US_FEDERAL = (0.10, 0.12, 0.22, 0.24, 0.32, 0.35, 0.37)
"""The federal marginal rates of those brackets; the same in 2018 and 2019."""

PAYMENT = 10.0
"""Coin for a house, which skill multiplies."""

_SKILLS = (1.1331640623590097, 1.3267112338979295, 1.6472372947006132, 2.2249614304395735)
"""What a rank multiplies the payment by: means of order statistics of four draws of min(3, 1 + 2 Pareto(4))."""

_STARTS = ((0, 24), (24, 0), (0, 0), (24, 24))
"""Row and column where a rank starts: in the rooms with wood, with stone, with both, with nothing."""

Rules = Record
"""The rules; see ``make_rules``.

Fields:
    ground: [N_CELLS] uint8, kinds of ground (``map``).
    source_cells: [40] int32, the cells of the sources, wood first, row by row.
    source_goods: [40] int32, what they yield.
    start_cells: [4] int32, where a rank starts.
    payments: [4] float64, coin for a house, by rank.
    regrowth: float64, the probability in each step that a source yields a unit.
    period: int, steps of a tax period.
    warm_up: float64, the constant of the energy warm-up; 0 for none (``welfare.energy_weight``).
"""


def make_rules(
    *, regrowth: float = REGROWTH, period: int = TAX_PERIOD, warm_up: float = 0.0, payment: float = PAYMENT
) -> Rules:
    """The rules of the game.

    Args:
        regrowth: the probability in each step that an empty source yields a unit.
        period: steps of a tax period.
        warm_up: how slowly labour comes to cost what it does: after so many steps in which the mean reward was
            positive, 63% of it. For pre-training; 0 for the full cost at once.
        payment: coin for a house at skill 1.

    Raises:
        InputError: a number is outside its range.
    """
    if not 0 <= regrowth <= 1:
        raise InputError(f"regrowth: {regrowth}; a probability, from 0 to 1.")
    if period < 1:
        raise InputError(f"period: {period}; at least 1 step.")
    if not warm_up >= 0:
        raise InputError(f"warm_up: {warm_up}; at least 0.")
    if not payment >= 0:
        raise InputError(f"payment: {payment}; at least 0.")
    ground = board.ground()
    sources = [np.flatnonzero(ground == board.STONE_SOURCE + good) for good in (board.WOOD, board.STONE)]
    goods = np.repeat([board.WOOD, board.STONE], [len(cells) for cells in sources])
    starts = np.array(_STARTS)
    return make_record(
        ground=ground,
        source_cells=np.concatenate(sources).astype(np.int32),
        source_goods=goods.astype(np.int32),
        start_cells=board.cells(starts[:, 0], starts[:, 1]),
        payments=payment * np.array(_SKILLS),
        regrowth=np.float64(regrowth),
        period=np.int64(period),
        warm_up=np.float64(warm_up),
    )
