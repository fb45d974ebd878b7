"""Ranks: what they promise, and by simulation how often they are wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import stats

from policybench.analysis.ranking import FEWEST_SEEDS, holm, rank

tables = npst.arrays(np.float64, st.tuples(st.integers(1, 7), st.integers(1, 8)), elements=st.integers(-4, 4))


@given(tables)
def test_ranks_follow_from_who_beats_whom(scores):
    found = rank(scores)
    means = scores.mean(axis=1)
    assert sorted(found.order) == list(range(len(scores)))
    assert list(means[found.order]) == sorted(means, reverse=True)
    if scores.shape[1] < FEWEST_SEEDS:
        assert set(found.ranks) == {None}
        return
    assert found.ranks[0] == 1
    assert found.ranks == sorted(found.ranks)
    beaten = found.beats.sum(axis=0)[found.order]
    assert all(place >= 1 + losses for place, losses in zip(found.ranks, beaten, strict=True))
    for i, j in np.argwhere(found.beats):
        assert means[i] > means[j]
        assert stats.ttest_rel(scores[i], scores[j]).pvalue <= 0.05 or np.ptp(scores[i] - scores[j]) == 0


@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_seeds_does_not_matter(scores, random):
    rows, seeds = list(range(scores.shape[0])), list(range(scores.shape[1]))
    random.shuffle(rows)
    random.shuffle(seeds)
    np.testing.assert_array_equal(rank(scores[rows][:, seeds]).beats, rank(scores).beats[np.ix_(rows, rows)])


def test_a_clear_order_is_seen_and_a_noisy_row_earns_nothing():
    luck = np.random.default_rng(0).normal(0, 0.01, (3, 10))
    scores = np.array([[0.9], [0.5], [0.1]]) + luck
    assert rank(scores).ranks == [1, 2, 3]
    noisy = 0.3 + np.random.default_rng(1).normal(0, 1, (1, 10))
    assert rank(np.vstack([scores, noisy - noisy.mean() + 0.3])).ranks == [1, 2, 2, 3]


@given(npst.arrays(np.float64, st.integers(1, 9), elements=st.floats(0, 1)))
def test_holm_is_the_step_down_of_bonferroni(p_values):
    adjusted = holm(p_values)
    order = np.argsort(p_values, kind="stable")
    worst = 0.0
    for place, i in enumerate(order):
        worst = max(worst, min(1.0, p_values[i] * (len(p_values) - place)))
        assert adjusted[i] == pytest.approx(worst)
