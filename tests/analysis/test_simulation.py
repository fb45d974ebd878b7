"""How often intervals, comparisons and ranks are right; docs/statistics.md quotes the tables of simulation.py."""

from __future__ import annotations

import pytest
from analysis.simulation import (
    DISTRIBUTIONS,
    SEEDS,
    bootstrap_coverage,
    coverage,
    false_positives,
    lucky,
    ranked_apart,
)

MODERATE = ("normal", "skewed to the left, skewness -0.7", "skewed to the left, skewness -1")


@pytest.mark.parametrize("name", MODERATE)
def test_intervals_cover_the_truth_as_often_as_they_say(name):
    share, no_spread = coverage(*DISTRIBUTIONS[name], 10, draws=5000)
    assert 0.93 <= share <= 0.97
    assert no_spread == 0


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_equal_methods_are_rarely_told_apart(name):
    draw, _ = DISTRIBUTIONS[name]
    assert false_positives(draw, 10, draws=5000) <= 0.06
    assert ranked_apart(draw, 10, draws=100) <= 0.12


@pytest.mark.slow
@pytest.mark.parametrize("seeds", SEEDS)
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_equal_methods_are_told_apart_in_at_most_six_of_a_hundred_cases(name, seeds):
    draw, truth = DISTRIBUTIONS[name]
    assert false_positives(draw, seeds, draws=40_000) <= 0.06
    assert ranked_apart(draw, seeds, draws=4000) <= 0.06
    if name in MODERATE:
        assert 0.93 <= coverage(draw, truth, seeds, draws=40_000)[0] <= 0.97


@pytest.mark.slow
def test_student_t_fails_less_badly_where_seeds_take_two_values():
    draw, truth = DISTRIBUTIONS["two values, the higher with 0.8"]
    for seeds in SEEDS:
        assert coverage(draw, truth, seeds, 2000)[0] > bootstrap_coverage(draw, truth, seeds, 1000)


def test_ten_lucky_steps_reach_a_target_that_an_action_is_not_worth():
    assert lucky(0.05, 100, draws=500) < 0.01
    assert lucky(0.2, 3000, draws=500) > 0.99
