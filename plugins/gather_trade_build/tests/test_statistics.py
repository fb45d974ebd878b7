"""What is left to chance comes as often as the rules say."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from policybench.streams import kernel_stream
from policybench_gather_trade_build.game import make_games, reset_game
from policybench_gather_trade_build.rules import make_rules
from policybench_gather_trade_build.step import draw_events, transition

N_STARTS, N_STEPS = 4000, 40_000
NOTHING = np.zeros(4, np.uint8)


@pytest.fixture(scope="module")
def starts():
    """Rank, skill and bonus of the agents of many games."""
    rules = make_rules()
    games, stream = make_games(rules, 1), kernel_stream(1, 0, "game")
    seen = {name: np.zeros((N_STARTS, 4)) for name in ("rank", "skill", "bonus")}
    for n in range(N_STARTS):
        reset_game(rules, games, 0, np.zeros(7), stream)
        for name, values in seen.items():
            values[n] = games[0][name]
    return seen


@pytest.fixture(scope="module")
def steps():
    """The luck of many steps of a game in which nobody does anything, and where units lay before them."""
    rules = make_rules()
    games, stream = make_games(rules, 1), kernel_stream(2, 0, "game")
    reset_game(rules, games, 0, np.zeros(7), stream)
    game = games[0]
    game.bonus[:] = 0.05, 0.3, 0.8, 1.0
    game.unit[:] = 0
    order, doubles = np.zeros((N_STEPS, 4), int), np.zeros((N_STEPS, 4), int)
    full, grown = np.zeros((N_STEPS, 40), int), np.zeros((N_STEPS, 40), int)
    for n in range(N_STEPS):
        full[n] = game.unit[rules.source_cells] > 0
        draw_events(rules, game, stream)
        order[n], doubles[n] = game.order, game.doubles
        transition(rules, game, NOTHING)
        grown[n] = game.unit[rules.source_cells] > 0
        if n % 100 == 99:
            game.unit[:] = 0
            game.inventory[:] = 0
    return order, doubles, full, grown


def is_likely(observed, probabilities):
    """Chi-square of counts against probabilities."""
    observed = np.asarray(observed)
    return stats.chisquare(observed, np.asarray(probabilities) * observed.sum()).pvalue > 0.001


def orders_seen(orders):
    every = list(itertools.permutations(range(4)))
    return [(orders == order).all(axis=1).sum() for order in every]


def test_every_order_of_ranks_is_equally_likely(starts):
    assert is_likely(orders_seen(starts["rank"].astype(int)), np.full(24, 1 / 24))


def test_every_order_of_moves_is_equally_likely(steps):
    assert is_likely(orders_seen(steps[0]), np.full(24, 1 / 24))


def test_skills_are_pareto(starts):
    assert stats.kstest(starts["skill"].ravel(), stats.lomax(4).cdf).pvalue > 0.001


def test_bonuses_are_truncated_pareto(starts):
    """Half of min(2, a Pareto draw of shape 3): 1/27 of them are exactly 1."""
    bonus = starts["bonus"].ravel()
    highest = (bonus == 1).sum()
    assert is_likely([highest, len(bonus) - highest], [1 / 27, 26 / 27])
    below = stats.lomax(3).cdf(2 * bonus[bonus < 1]) / (26 / 27)
    assert stats.kstest(below, "uniform").pvalue > 0.001


def test_bonuses_have_nothing_to_do_with_ranks(starts):
    by_rank = [starts["bonus"][starts["rank"] == rank] for rank in range(4)]
    assert stats.kruskal(*by_rank).pvalue > 0.001


@pytest.mark.parametrize("agent", range(3))
def test_doubles_come_as_often_as_the_bonus_says(steps, agent):
    hits = steps[1][:, agent].sum()
    p = [0.05, 0.3, 0.8][agent]
    assert is_likely([hits, N_STEPS - hits], [p, 1 - p])


def test_certain_doubles(steps):
    assert steps[1][:, 3].all()


def test_empty_sources_yield_at_the_rate_of_the_rules(steps):
    """Those that an agent stands on, and empties, as much as the others."""
    _, _, full, grown = steps
    yielded, trials = (grown & ~full & 1).sum(axis=0), (1 - full).sum(axis=0)
    chi_square = ((yielded - trials * 0.01) ** 2 / (trials * 0.01 * 0.99)).sum()
    assert stats.chi2.sf(chi_square, 40) > 0.001
    assert ((grown < full).any(axis=0)).sum() == 2  # all but those where the two agents stand stay full


def test_other_probabilities_would_be_noticed(steps):
    _, _, full, grown = steps
    yielded, trials = (grown & ~full & 1).sum(axis=0), (1 - full).sum(axis=0)
    assert stats.chi2.sf(((yielded - trials * 0.0115) ** 2 / (trials * 0.0115)).sum(), 40) < 0.001


def test_luck_does_not_depend_on_what_is_done():
    """The same stream makes the same luck, whether agents move or rest."""
    rules = make_rules()
    seen = []
    for actions in (NOTHING, np.array([46, 47, 48, 49], np.uint8)):
        games, stream = make_games(rules, 1), kernel_stream(3, 0, "game")
        reset_game(rules, games, 0, np.zeros(7), stream)
        for _ in range(20):
            draw_events(rules, games[0], stream)
            transition(rules, games[0], actions)
        seen.append((games[0].luck.tolist(), games[0].order.tolist()))
    assert seen[0] == seen[1]
