"""Scores of curves: what they may and may not say."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from policybench.analysis.curves import Curves
from policybench.analysis.metrics import restricted_runtime
from policybench.analysis.scores import Target, score
from policybench.analysis.statistics import Estimate, cut_interval, mean_with_interval


def targets(payoffs: np.ndarray) -> list[Target]:
    validation, filled = np.ones(payoffs.shape, int), [None] * len(payoffs)
    return score(Curves(payoffs, validation, filled), None, payoffs.shape[1], floor=0.0, ceiling=1.0).targets


def test_an_interval_of_steps_lies_within_the_budget():
    """One seed of two reaches the targets at once, the other never: Student's t alone would say [-283, 353]."""
    payoffs = np.zeros((2, 60))
    payoffs[0] = 1.0
    for target in targets(payoffs):
        assert target.restricted_mean == Estimate((10 + 60) / 2, 0, 60, 2)
    uncut = mean_with_interval(restricted_runtime(np.array([10.0, np.inf]), 60))
    assert (round(uncut.low), round(uncut.high)) == (-283, 353)


@given(npst.arrays(float, (4, 30), elements=st.sampled_from([0.0, 0.6, 1.0])))
def test_cutting_changes_nothing_but_impossible_ends(payoffs):
    for target in targets(payoffs):
        runtimes = np.array([np.inf if time is None else float(time) for time in target.runtimes])
        uncut, cut = mean_with_interval(restricted_runtime(runtimes, 30)), target.restricted_mean
        assert (cut.mean, cut.seeds) == (uncut.mean, uncut.seeds)
        if uncut.low is None:
            assert cut == uncut
        else:
            assert 0 <= cut.low <= cut.mean <= cut.high <= 30
            assert cut.low == uncut.low or uncut.low < 0
            assert cut.high == uncut.high or uncut.high > 30


def test_an_estimate_without_an_interval_has_none_to_cut():
    alone = Estimate(3.0, None, None, 1)
    assert cut_interval(alone, 0, 2) == alone
