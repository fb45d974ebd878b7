"""What coin and labour are worth: to an agent, and to the principal."""

from __future__ import annotations

from policybench.compiled import compiled, exponential, power
from policybench_gather_trade_build.actions import Game
from policybench_gather_trade_build.rules import AVERSION, LABOUR_COST, N_AGENTS, Rules
from policybench_gather_trade_build.tax import endowment


@compiled
def utility(game: Game, agent: int) -> float:
    """An agent's utility: coin c at falling marginal utility, less the cost of labour L.

    (c^0.77 - 1) / 0.77 - 0.21 w L, with w 1 unless labour is being warmed up (``energy_weight``).
    """
    coin = endowment(game, agent)
    worth = power(coin, 1 - AVERSION) if coin > 0 else 0.0
    of_coin = (worth - 1) / (1 - AVERSION)
    return of_coin - LABOUR_COST * game.energy_weight * game.labour[agent]  # type: ignore[no-any-return]


@compiled
def energy_weight(rules: Rules, game: Game) -> float:
    """How much of its cost labour has by now, from 0 to 1: 1 - exp(-n / warm_up), n being the ``good_steps``."""
    if rules.warm_up == 0:
        return 1.0
    return 1 - exponential(-game.good_steps / rules.warm_up)


@compiled
def reward(rules: Rules, game: Game) -> None:
    """Stage 6: an agent's reward is the change of its utility; steps whose mean reward is positive are counted."""
    game.energy_weight = energy_weight(rules, game)
    total = 0.0
    for agent in range(N_AGENTS):
        now = utility(game, agent)
        game.rewards[agent] = now - game.utility[agent]
        game.utility[agent] = now
        total += game.rewards[agent]
    game.good_steps += total / N_AGENTS > 0


@compiled
def total_coin(game: Game) -> float:
    """The coin of all agents, what the literature calls productivity."""
    total = 0.0
    for agent in range(N_AGENTS):
        total += endowment(game, agent)
    return total


@compiled
def equality(game: Game) -> float:
    """1 - gini * n / (n - 1) of the agents' coin: 1 if all have the same, 0 if one has all."""
    differences = 0.0
    for one in range(N_AGENTS):
        for other in range(N_AGENTS):
            differences += abs(endowment(game, one) - endowment(game, other))
    gini = differences / (2 * N_AGENTS * total_coin(game) + 1e-10)
    return 1 - gini * N_AGENTS / (N_AGENTS - 1)


@compiled
def equality_times_productivity(game: Game) -> float:
    """Equality times mean coin per agent; in the papers' figures the sum of the agents' coin takes its place."""
    return equality(game) * total_coin(game) / N_AGENTS


@compiled
def utilitarian(game: Game) -> float:
    """The agents' mean utility, each weighted by the inverse of its coin (at least 1)."""
    weights, total = 0.0, 0.0
    for agent in range(N_AGENTS):
        weight = 1 / max(endowment(game, agent), 1.0)
        weights += weight
        total += weight * game.utility[agent]
    return total / weights


@compiled
def inverse_income_weighted_coin(game: Game) -> float:
    """The agents' mean coin, each weighted by the inverse of it (at least 1)."""
    weights, total = 0.0, 0.0
    for agent in range(N_AGENTS):
        weight = 1 / max(endowment(game, agent), 1.0)
        weights += weight
        total += weight * endowment(game, agent)
    return total / weights
