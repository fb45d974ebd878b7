"""The fast Commons Harvest beside Melting Pot's own engine, under the same actions and upstream's rules.

Upstream everybody starts on a random cell, two beside an orchard and five at the bottom, faces anywhere, and a
new random order of moves is drawn in every step. Exact equality is neither possible nor wanted: luck is drawn in
another way. So numbers of whole episodes are compared: apples eaten, left, and grown back.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

engine = pytest.importorskip("policybench_meltingpot.engine", reason="policybench-meltingpot is not installed")
harvest = pytest.importorskip("policybench_harvest", reason="policybench-harvest is not installed")

if not engine.is_installed():
    pytest.skip("Melting Pot is not installed (README of policybench-meltingpot)", allow_module_level=True)

N_STEPS, N_ENGINE, N_FAST = 200, 14, 150
N_ACTIONS = 7
"""Zapping, upstream's eighth action, is left out: the fast game has none."""

APPLE = (214, 88, 88)
INSIDE = [(7, 7), (16, 7)]
BOTTOM = [(x, y) for y, first in ((14, 3), (15, 2), (16, 1)) for x in range(first, 24 - first)]


def actions_of(episode):
    return np.random.default_rng(episode).integers(0, N_ACTIONS, (N_STEPS, 7))


def summary(eaten, left):
    return eaten, left, eaten + left - 64


def play_engine(episode, substrate):
    frame, eaten = substrate.reset(episode), 0.0
    for joint in actions_of(episode):
        frame = substrate.step(joint.tolist())
        eaten += frame.rewards.sum()
    return summary(eaten, engine.count_colour(frame.world, APPLE))


def play_fast(episode, **rules):
    env = harvest.parallel_env(max_cycles=N_STEPS, move_order="random", **rules)
    env.reset(seed=episode)
    rng, state = np.random.default_rng([episode, 1]), env.get_state()
    places = INSIDE + [BOTTOM[i] for i in rng.choice(len(BOTTOM), 5, replace=False)]
    order = rng.permutation(7)
    env.set_state(
        state | {"position": np.array(places)[order], "orientation": rng.integers(0, 4, 7).astype(np.int64)}
    )
    eaten = 0.0
    for joint in actions_of(episode):
        _, _, _, _, infos = env.step(dict(zip(env.agents, joint.tolist(), strict=True)))
        eaten += sum(info["raw_reward"] for info in infos.values())
    return summary(eaten, infos["player_0"]["apples"])


@pytest.fixture(scope="module")
def original():
    substrate = engine.Substrate("commons_harvest__open")
    return np.array([play_engine(episode, substrate) for episode in range(N_ENGINE)])


def p_values(original, **rules):
    """Of Welch's test for equal means, and of Kolmogorov and Smirnov's for equal distributions, [2, 3]."""
    fast = np.array([play_fast(episode, **rules) for episode in range(N_FAST)])
    means = stats.ttest_ind(original, fast, equal_var=False).pvalue
    shapes = [stats.ks_2samp(a, b).pvalue for a, b in zip(original.T, fast.T, strict=True)]
    return np.array([means, shapes])


def test_eaten_left_and_regrown_apples_agree(original):
    """None of the six tests rejects at 1%, all taken together (Bonferroni)."""
    assert p_values(original).min() > 0.01 / 6


@pytest.mark.parametrize(
    "wrong", [{"regrowth_probabilities": (0.0, 0.0025, 0.005, 0.0)}, {"regrowth_probabilities": (0.0, 0.02, 0.05)}]
)
def test_wrong_rules_would_be_noticed(original, wrong):
    """The same tests reject rules under which apples grow back too rarely or too soon."""
    assert p_values(original, **wrong).min() < 0.01 / 6
