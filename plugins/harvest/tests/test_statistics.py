"""Apples grow back as often as the rules say, and as often as in the original engine."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.ndimage import convolve

from policybench.streams import kernel_stream
from policybench_harvest.game import make_games, step_games
from policybench_harvest.rules import MAX_NEIGHBOURS, make_rules

ORIGINAL = json.loads((Path(__file__).parent / "traces" / "regrowth.json").read_text())
N_GAMES, N_STEPS = 50, 1000
NEAR = np.array([[0 < x * x + y * y <= 4 for x in range(-2, 3)] for y in range(-2, 3)], dtype=np.int8)


@pytest.fixture(scope="module")
def counts():
    """Trials and successes by number of live neighbours, counted as they were for the original.

    They are counted from the outside, from what can be seen of a game: apples, positions and rewards.
    """
    rules = make_rules()
    games = make_games(rules, N_GAMES)
    streams = np.stack([kernel_stream(7, 0, "game", g) for g in range(N_GAMES)])
    rewards = np.zeros((N_GAMES, 7), np.float32)
    views = np.zeros((N_GAMES, 7, 11, 11), np.uint8)
    cells = rules.sites["cell"]
    row, column = np.divmod(cells, rules.directions[2])
    trials, regrown = np.zeros((2, MAX_NEIGHBOURS + 1), int), np.zeros((2, MAX_NEIGHBOURS + 1), int)

    live_before = live = np.ones((N_GAMES, 64), bool)
    eaten_unseen = np.zeros((N_GAMES, 64), bool)
    rng = np.random.default_rng(0)
    for _ in range(N_STEPS):
        boards = np.zeros((N_GAMES, row.max() + 3, column.max() + 3), np.int8)
        boards[:, row, column] = live_before
        neighbours = convolve(boards, NEAR[None], mode="constant")[:, row, column]
        waiting = ~live_before & ~live & ~eaten_unseen

        step_games(rules, games, rng.integers(0, 7, (N_GAMES, 7)).astype(np.uint8), streams, rewards, views)
        stands = games.avatars["cell"][:, :, None] == cells
        rewarded = (stands & (rewards > 0)[:, :, None]).any(axis=1)
        eaten_unseen = rewarded & ~live
        live_before, live = live, games.sites["live"].copy()
        success = live | eaten_unseen
        occupied = stands.any(axis=1)
        for place, among in enumerate((~occupied, occupied)):
            trials[place] += np.bincount(neighbours[waiting & among], minlength=13)
            regrown[place] += np.bincount(neighbours[waiting & among & success], minlength=13)
    return trials, regrown


def test_there_is_enough_to_count(counts):
    trials, regrown = counts
    assert trials.sum() > 500_000
    assert regrown.sum() > 4_000


def test_apples_grow_as_often_as_the_rules_say(counts):
    """Chi-square of the counts against the probabilities, on 12 degrees of freedom."""
    trials, regrown = counts[0].sum(axis=0), counts[1].sum(axis=0)
    assert regrown[0] == 0
    p = make_rules().regrowth[1:13]
    n, seen = trials[1:], regrown[1:]
    chi_square = ((seen - n * p) ** 2 / (n * p * (1 - p))).sum()
    assert stats.chi2.sf(chi_square, 12) > 0.01


def test_apples_grow_as_often_as_in_the_original(counts):
    """Two-by-two tables, ours against the original's, by number of neighbours."""
    trials, regrown = counts[0].sum(axis=0), counts[1].sum(axis=0)
    chi_square = sum(
        stats.chi2_contingency(
            [[regrown[k], trials[k] - regrown[k]], [theirs, n - theirs]], correction=False
        ).statistic
        for k, (theirs, n) in enumerate(zip(ORIGINAL["regrown"], ORIGINAL["trials"], strict=True))
        if k > 0
    )
    assert stats.chi2.sf(chi_square, 12) > 0.01


def test_avatars_do_not_hinder_growth(counts):
    """The same probability where an avatar stands."""
    trials, regrown = counts[0][1], counts[1][1]
    p = make_rules().regrowth[:13]
    expected = (trials * p).sum()
    variance = (trials * p * (1 - p)).sum()
    assert trials.sum() > 10_000
    assert abs(regrown.sum() - expected) < 3 * variance**0.5


def test_wrong_probabilities_would_be_noticed(counts):
    """The tests can tell 0.005 from 0.0065: they have the power to find what they look for."""
    trials, regrown = counts[0].sum(axis=0), counts[1].sum(axis=0)
    wrong = np.array([0.0025, 0.0065, *[0.025] * 10])
    n, seen = trials[1:], regrown[1:]
    assert stats.chi2.sf(((seen - n * wrong) ** 2 / (n * wrong * (1 - wrong))).sum(), 12) < 0.01


def test_random_play_leaves_as_many_apples_as_the_original():
    """Mean apples left after 150 steps of uniformly random actions, against the four recorded episodes."""
    rules = make_rules()
    games = make_games(rules, 200)
    streams = np.stack([kernel_stream(3, 0, "game", g) for g in range(200)])
    rewards, views = np.zeros((200, 7), np.float32), np.zeros((200, 7, 11, 11), np.uint8)
    rng = np.random.default_rng(1)
    for _ in range(150):
        step_games(rules, games, rng.integers(0, 7, (200, 7)).astype(np.uint8), streams, rewards, views)
    ours = games.sites["live"].sum(axis=1)
    folder = Path(__file__).parent / "traces"
    recorded = [np.load(folder / f"harvest_random_{i}.npz")["live_apple_count"][-1] for i in range(4)]
    assert ours.min() <= min(recorded)
    assert max(recorded) <= ours.max()
    assert abs(np.mean(recorded) - ours.mean()) < 3 * ours.std() / len(recorded) ** 0.5
