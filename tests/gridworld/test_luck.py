"""Luck that is called impossible: it is, and far less luck is not."""

from __future__ import annotations

import pytest
from scipy import stats

from policybench.gridworld import most_successes


@pytest.mark.parametrize(("trials", "probability"), [(10, 0.5), (1000, 0.001), (64_000, 0.025), (122_000, 0.05)])
def test_what_luck_exceeds_less_than_once_in_a_trillion_times(trials, probability):
    most, luck = most_successes(trials, probability), stats.binom(trials, probability)
    assert luck.sf(most) < 1e-12
    assert most == trials or luck.sf(luck.mean() + 0.45 * (most - luck.mean())) > 1e-12


def test_certain_and_impossible_trials():
    assert most_successes(10, 1.0) == 10
    assert most_successes(0, 0.5) == 0
    assert most_successes(1000, 0.0) == 0
