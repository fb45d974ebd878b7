"""Luck: apples, dirt and who comes back, against the rules' probabilities and the original engine's counts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from policybench.gridworld.layout import positions
from policybench.streams import kernel_stream
from policybench_cleanup.game import make_games, step_games
from policybench_cleanup.rules import make_rules
from policybench_cleanup.state import read_state, write_state

ORIGINAL = json.loads((Path(__file__).parent / "traces" / "stats.json").read_text())
RULES = make_rules()


def games_in(state, n_games):
    games = make_games(RULES, n_games)
    for g in range(n_games):
        write_state(RULES, games, g, state(np.random.default_rng(g), read_state(RULES, games, g)))
    return games


def play_noop(games, seed, n_steps):
    """Nobody does anything; yields after every step."""
    n = len(games)
    streams = np.stack([kernel_stream(seed, 0, "game", g) for g in range(n)])
    rewards, cleaned = np.zeros((n, 7), np.float32), np.zeros((n, 7), np.int8)
    views = np.zeros((n, 7, 11, 11), np.uint8)
    for _ in range(n_steps):
        step_games(RULES, games, np.zeros((n, 7), np.uint8), streams, rewards, cleaned, views)
        yield rewards


def p_value(seen, trials, p):
    """Chi-square of binomial counts."""
    seen, trials, p = np.array(seen), np.array(trials), np.array(p)
    return stats.chi2.sf(((seen - trials * p) ** 2 / (trials * p * (1 - p))).sum(), len(p))


@pytest.fixture(scope="module")
def growth():
    """Per level of dirt that the original was measured at: trials, apples grown; a third of players on sites."""
    counted = []
    for row in ORIGINAL["clean_up_growth_curve"]["rows"]:

        def bare(rng, state, dirty=row["dirty"]):
            places = positions(rng.choice(RULES.river, dirty, replace=False), 30)
            state["dirt"][:] = False
            state["dirt"][places[:, 1], places[:, 0]] = True
            state["apples"][:] = False
            state["position"][:3] = positions(rng.choice(RULES.sites, 3, replace=False), 30)
            return state

        games = games_in(bare, 20)
        trials = np.zeros(2, int)
        grown = np.zeros(2, int)
        stands = (games.avatars["cell"][:, :, None] == RULES.sites).any(axis=1)
        waiting = games.live == 0
        for rewards in play_noop(games, row["dirty"], 49):
            trials += (waiting & ~stands).sum(), (waiting & stands).sum()
            grown += (waiting & ~stands & (games.live == 1)).sum(), int(rewards.sum())
            assert games.dirty.sum() == 20 * row["dirty"]
            assert not (games.live[stands] == 1).any()
            waiting = games.live == 0
        counted.append((trials, grown))
    return counted


def test_apples_grow_as_often_as_the_rules_say(growth):
    rows = ORIGINAL["clean_up_growth_curve"]["rows"]
    trials, grown = np.array([(t.sum(), g.sum()) for t, g in growth]).T
    p = np.array([row["p_formula"] for row in rows])
    assert trials.min() > 40_000
    assert not grown[p == 0].any()
    assert p_value(grown[p > 0], trials[p > 0], p[p > 0]) > 0.01
    # Ten per cent less would be noticed: the test has the power to find what it looks for.
    assert p_value(grown[p > 0], trials[p > 0], p[p > 0] * 0.9) < 0.01


def test_apples_grow_as_often_under_avatars(growth):
    p = np.array([row["p_formula"] for row in ORIGINAL["clean_up_growth_curve"]["rows"]])
    trials, grown = np.array([(t[1], g[1]) for t, g in growth]).T
    expected, variance = (trials * p).sum(), (trials * p * (1 - p)).sum()
    assert expected > 200
    assert abs(grown.sum() - expected) < 3 * variance**0.5


def test_apples_grow_as_often_as_in_the_original(growth):
    """Two-by-two tables, ours against the original's, by level of dirt."""
    rows = ORIGINAL["clean_up_growth_curve"]["rows"]
    tables = [
        [[g.sum(), t.sum() - g.sum()], [row["grown"], row["trials"] - row["grown"]]]
        for row, (t, g) in zip(rows, growth, strict=True)
        if row["p_formula"] > 0
    ]
    chi_square = sum(stats.chi2_contingency(table, correction=False).statistic for table in tables)
    assert stats.chi2.sf(chi_square, len(tables)) > 0.01


@pytest.fixture(scope="module")
def dirt():
    """Spawns in the first 50 steps, trials and spawns in the next 80, deciles of the site among the clean ones."""
    games = make_games(RULES, 150)
    early, trials, spawned, deciles = 0, 0, 0, np.zeros(10, int)
    before = games.dirty.copy()
    for step, _ in enumerate(play_noop(games, 5, 130), 1):
        new = (games.dirty == 1) & (before == 0)
        assert new.sum(axis=1).max() <= 1
        if step <= 50:
            early += new.sum()
        else:
            trials += ((before == 0).any(axis=1)).sum()
            spawned += new.sum()
            for row, was in zip(new, before, strict=True):
                if row.any():
                    clean = np.flatnonzero(was == 0)
                    deciles[np.flatnonzero(clean == np.argmax(row))[0] * 10 // len(clean)] += 1
        before = games.dirty.copy()
    return early, trials, spawned, deciles


def test_dirt_comes_as_often_as_the_rules_say(dirt):
    early, trials, spawned, _ = dirt
    assert early == 0
    assert trials == 150 * 80  # 68 sites are clean at first, more than get dirty in that time
    assert stats.binomtest(int(spawned), int(trials), 0.5).pvalue > 0.01
    theirs = ORIGINAL["clean_up_dirt_spawn"]
    n, seen = theirs["steps_gt_50_trials"], theirs["spawned"]
    assert stats.chi2_contingency([[spawned, trials - spawned], [seen, n - seen]]).pvalue > 0.01


def test_dirt_comes_anywhere(dirt):
    *_, deciles = dirt
    assert stats.chisquare(deciles).pvalue > 0.01
    theirs = ORIGINAL["clean_up_dirt_spawn"]["position_decile_of_chosen_cell"]
    assert stats.chi2_contingency([deciles, theirs]).pvalue > 0.01


def test_no_dirt_comes_to_a_river_that_is_full_of_it():
    def full(rng, state):
        state["dirt"] = read_state(RULES, make_games(RULES, 1), 0)["dirt"]
        y, x = positions(RULES.river, 30).T[::-1]
        state["dirt"][y, x] = True
        return state | {"step": 100}

    games = games_in(full, 10)
    for _ in play_noop(games, 1, 20):
        assert games.dirty.all()
        assert (games.soiled == -1).all()


def test_who_comes_back_faces_anywhere():
    def away(rng, state):
        return state | {"removed_for": np.full(7, 51), "alive": np.zeros(7, bool)}

    games = games_in(away, 400)
    next(play_noop(games, 2, 1))
    assert (games.avatars["removed_for"] == 0).all()
    facing = games.avatars["orientation"]
    counts = np.bincount(facing.ravel(), minlength=4)
    assert stats.chisquare(counts).pvalue > 0.01
    theirs = [ORIGINAL["clean_up_respawn_orientation"][name] for name in "NESW"]
    assert stats.chi2_contingency([counts, theirs]).pvalue > 0.01
    pairs = np.histogram2d(facing[:, 0], facing[:, 1], bins=4)[0]
    assert stats.chi2_contingency(pairs).pvalue > 0.01  # players face independently
