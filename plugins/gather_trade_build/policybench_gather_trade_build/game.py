"""The game of Gather-Trade-Build, compiled: a batch of games, what they hold, their starts and steps.

Four agents of unequal skill gather stone and wood, trade them, and build houses, which they are paid for. What an
agent earns is taxed, and the tax given back in equal shares (``policybench_gather_trade_build.step``).

The rules are those of Foundation, the engine of the AI Economist (Zheng et al. 2020, 2022), in the scenario, and
with the settings, that its repository gives as those of the papers' games with four agents.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled, power, uniform
from policybench.gridworld import Records, make_records, shuffle
from policybench_gather_trade_build.actions import act_at_random
from policybench_gather_trade_build.map import N_CELLS
from policybench_gather_trade_build.rules import MAX_BOOK, N_AGENTS, N_BRACKETS, N_PRICES, Rules
from policybench_gather_trade_build.step import draw_events, transition
from policybench_gather_trade_build.welfare import energy_weight, utility

TRADE = np.dtype(
    [(name, np.int32) for name in ["good", "seller", "buyer", "price", "bid", "ask", "bid_age", "ask_age"]]
)
"""A trade: who sold what to whom at which price, and the two orders that met."""

ASSESSMENT = np.dtype(
    [(name, np.float64) for name in ["income", "tax", "marginal_rate", "effective_rate", "transfer"]]
)
"""What an agent's last collection was: income before tax, tax paid, the rates, and what it was given."""

Games = Records
"""The state of a batch of games, one record per game; kernels change it in place.

Fields:
    unit: [N_CELLS] uint8, what lies in a cell: 0 nothing, else 1 + good.
    owner: [N_CELLS] int8, whose house stands there; -1 for none.
    agent_at: [N_CELLS] int8, who is there; -1 for nobody.
    cell: [4] int32, where agents are.
    rank: [4] int32, their rank by skill, 0 the lowest.
    payment: [4] float64, coin that a house brings them.
    skill: [4] float64, what the engine shows them as their skill; chance, unrelated to anything.
    bonus: [4] float64, the probability that they gather two units, not one.
    inventory, escrow: [4, 3] float64, coin, stone and wood that they can dispose of, or that open orders hold.
    labour: [4] float64, of the episode.
    n_houses: [4] int32, built in the episode.
    orders: [2, 2, 20, 3] int32, open orders by side (``market.BIDS``, ``ASKS``), good and place in the book:
        agent, price, age.
    n_orders: [2, 2] int32, how many are open.
    n_open: [4, 2] int32, the same by agent and good.
    hopeless: [4] uint8, scratch of the market.
    trades: [40] TRADE, those of the step just made.
    n_trades: int32, how many those are.
    sales: [2, 11] float64, sales by good and price; what is past counts less and less.
    rates: [7] float64, marginal rates in force.
    planned: [7] float64, those that come into force with the next period.
    day: int32, the step of the tax period that comes next, from 1.
    coin_before: [4] float64, coin at the start of the period.
    assessments: [4] ASSESSMENT, those of the last collection.
    n_collections: int32, how many there were.
    utility, rewards: [4] float64, after the step just made.
    energy_weight: float64, the share of its full cost that labour has.
    good_steps: int32, steps so far, over all episodes, whose mean reward was positive.
    step: int32, how many steps were made.
    order: [4] uint8, the luck of a step: the agents in the order in which they move.
    doubles: [4] uint8, the luck of a step: who gathers two units if it gathers.
    sprouts: [40] uint8, the luck of a step: sources that yield a unit if they have none.
    luck: [44] float64, what doubles and sprouts are drawn with.
"""


def make_games(rules: Rules, n_games: int) -> Games:
    """A batch of games that have not begun; ``reset_game`` begins them."""
    n_sources = len(rules.source_cells)
    games = make_records(
        n_games,
        [
            ("unit", np.uint8, (N_CELLS,)),
            ("owner", np.int8, (N_CELLS,)),
            ("agent_at", np.int8, (N_CELLS,)),
            ("cell", np.int32, (N_AGENTS,)),
            ("rank", np.int32, (N_AGENTS,)),
            ("payment", np.float64, (N_AGENTS,)),
            ("skill", np.float64, (N_AGENTS,)),
            ("bonus", np.float64, (N_AGENTS,)),
            ("inventory", np.float64, (N_AGENTS, 3)),
            ("escrow", np.float64, (N_AGENTS, 3)),
            ("labour", np.float64, (N_AGENTS,)),
            ("n_houses", np.int32, (N_AGENTS,)),
            ("orders", np.int32, (2, 2, MAX_BOOK, 3)),
            ("n_orders", np.int32, (2, 2)),
            ("n_open", np.int32, (N_AGENTS, 2)),
            ("hopeless", np.uint8, (N_AGENTS,)),
            ("trades", TRADE, (2 * MAX_BOOK,)),
            ("n_trades", np.int32, ()),
            ("sales", np.float64, (2, N_PRICES)),
            ("rates", np.float64, (N_BRACKETS,)),
            ("planned", np.float64, (N_BRACKETS,)),
            ("day", np.int32, ()),
            ("coin_before", np.float64, (N_AGENTS,)),
            ("assessments", ASSESSMENT, (N_AGENTS,)),
            ("n_collections", np.int32, ()),
            ("utility", np.float64, (N_AGENTS,)),
            ("rewards", np.float64, (N_AGENTS,)),
            ("energy_weight", np.float64, ()),
            ("good_steps", np.int32, ()),
            ("step", np.int32, ()),
            ("order", np.uint8, (N_AGENTS,)),
            ("doubles", np.uint8, (N_AGENTS,)),
            ("sprouts", np.uint8, (n_sources,)),
            ("luck", np.float64, (N_AGENTS + n_sources,)),
        ],
    )
    return games


@compiled
def reset_game(rules: Rules, games: Games, g: int, rates: NDArray[np.float64], stream: NDArray[np.uint64]) -> None:
    """Begin game g under a tax.

    Every source holds its unit, nobody has anything. Who has which rank by skill, and so starts where, and with
    which probability an agent gathers two units, is drawn anew.

    Args:
        rules: of the batch.
        games: the batch.
        g: which game.
        rates: [7] float64, marginal rates.
        stream: the game's luck.
    """
    game = games[g]
    game.unit[:] = 0
    for i in range(len(rules.source_cells)):
        game.unit[rules.source_cells[i]] = 1 + rules.source_goods[i]
    game.owner[:] = -1
    game.agent_at[:] = -1
    for agent in range(N_AGENTS):
        game.order[agent] = agent
        game.skill[agent] = _pareto(4.0, stream)
        game.bonus[agent] = min(2.0, _pareto(3.0, stream)) / 2
        game.labour[agent] = 0
        game.n_houses[agent] = 0
        game.coin_before[agent] = 0
        game.rewards[agent] = 0
        for kind in range(3):
            game.inventory[agent, kind] = 0
            game.escrow[agent, kind] = 0
        game.n_open[agent, 0], game.n_open[agent, 1] = 0, 0
        note = game.assessments[agent]
        note.income, note.tax, note.transfer, note.marginal_rate, note.effective_rate = 0.0, 0.0, 0.0, 0.0, 0.0
    shuffle(game.order, stream)
    for rank in range(N_AGENTS):
        agent = game.order[rank]
        game.rank[agent] = rank
        game.cell[agent] = rules.start_cells[rank]
        game.payment[agent] = rules.payments[rank]
        game.agent_at[game.cell[agent]] = agent
    game.n_orders[:] = 0
    game.n_trades = 0
    game.sales[:] = 0
    game.rates[:] = rates
    game.planned[:] = rates
    game.day = 1
    game.n_collections = 0
    game.step = 0
    game.energy_weight = energy_weight(rules, game)
    for agent in range(N_AGENTS):
        game.utility[agent] = utility(game, agent)


@compiled
def _pareto(shape: float, stream: NDArray[np.uint64]) -> float:
    """A draw from the Pareto distribution that starts at 0 (Lomax)."""
    return power(1 - uniform(stream), -1 / shape) - 1


@compiled
def step_game(rules: Rules, games: Games, g: int, actions: NDArray[np.uint8], stream: NDArray[np.uint64]) -> None:
    """Make one step of game g with luck drawn from its stream; arguments as for ``transition``."""
    game = games[g]
    draw_events(rules, game, stream)
    transition(rules, game, actions)


@compiled
def play_at_random(
    rules: Rules,
    games: Games,
    n_steps: int,
    mask: NDArray[np.uint8],
    actions: NDArray[np.uint8],
    streams: NDArray[np.uint64],
) -> None:
    """Make steps of every game with random open actions, all equally likely.

    Args:
        rules: of the batch.
        games: the batch.
        n_steps: how many.
        mask: [50] uint8, scratch.
        actions: [n_games, 4] uint8 out, the last ones made.
        streams: [n_games, 4]; a game draws from its own stream alone.
    """
    for g in range(len(actions)):
        for _ in range(n_steps):
            act_at_random(rules, games[g], mask, actions[g], streams[g])
            step_game(rules, games, g, actions[g], streams[g])
