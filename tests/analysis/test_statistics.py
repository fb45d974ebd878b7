"""Estimates: against SciPy and rliable, by closed forms, and by their invariances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import stats

from policybench.analysis.aggregates import aggregates, performance_profile
from policybench.analysis.statistics import (
    Estimate,
    difference_of_means,
    interval_widths,
    mean_with_interval,
    paired_p_values,
    probability_of_improvement,
    seeds_needed,
    signal_to_noise,
    unpaired_p_value,
)

samples = npst.arrays(np.float64, st.integers(2, 12), elements=st.floats(-1e3, 1e3))


def test_without_spread_there_is_no_interval():
    assert mean_with_interval(np.array([3.0])) == Estimate(3.0, None, None, 1)
    assert mean_with_interval(np.array([3.0, 3.0, 3.0])) == Estimate(3.0, None, None, 3)
    rounded = np.array([0.1 + 0.2, 0.3, 0.3])
    assert mean_with_interval(rounded).low is None
    assert difference_of_means(np.ones(5), np.zeros(4)) == Estimate(1.0, None, None, 4)


@given(npst.arrays(np.float64, st.integers(2, 12), elements=st.integers(-50, 50)), st.floats(0.5, 0.99))
def test_the_interval_is_scipys(values, confidence):
    found = mean_with_interval(values, confidence)
    assert found.mean == pytest.approx(values.mean())
    if np.ptp(values) == 0:
        assert (found.low, found.high) == (None, None)
        return
    expected = stats.ttest_1samp(values, 0).confidence_interval(confidence)
    assert (found.low, found.high) == (pytest.approx(expected.low), pytest.approx(expected.high))


def test_many_intervals_at_once_are_those_of_each():
    values = np.random.default_rng(0).normal(size=(3, 4, 6))
    values[1, 2] = 7.0
    widths = interval_widths(values)
    for place in np.ndindex(3, 4):
        one = mean_with_interval(values[place])
        assert widths[place] == pytest.approx(0.0 if one.high is None else one.high - one.mean)


@given(npst.arrays(np.float64, (4, 7), elements=st.integers(-9, 9)))
def test_p_values_are_scipys_where_seeds_differ(differences):
    for row, found in zip(differences, paired_p_values(differences), strict=True):
        if np.ptp(row) > 0:
            assert found == pytest.approx(stats.ttest_1samp(row, 0).pvalue)
        else:
            assert found == (1.0 if row[0] == 0 else 2 / 2**7)


@given(samples, samples)
def test_unpaired_differences_are_welchs(one, other):
    if np.ptp(one) < 1e-3 or np.ptp(other) < 1e-3:
        return
    expected = stats.ttest_ind(one, other, equal_var=False)
    assert unpaired_p_value(one, other) == pytest.approx(expected.pvalue)
    found, interval = difference_of_means(one, other), expected.confidence_interval()
    assert found.mean == pytest.approx(one.mean() - other.mean(), abs=1e-9)
    assert (found.low, found.high) == (pytest.approx(interval.low), pytest.approx(interval.high))


@pytest.mark.parametrize(("effect", "level"), [(1.0, 0.05), (0.4, 0.05), (1.5, 0.01)])
def test_so_many_seeds_show_a_difference_in_four_of_five_cases(effect, level):
    rng = np.random.default_rng(1)
    pilot = stats.norm.ppf((np.arange(50) + 0.5) / 50)
    pilot = effect + pilot / pilot.std(ddof=1)
    count = seeds_needed(pilot, level)
    power = (paired_p_values(rng.normal(effect, 1, (20_000, count))) <= level).mean()
    fewer = (paired_p_values(rng.normal(effect, 1, (20_000, round(0.8 * count)))) <= level).mean()
    assert fewer < 0.8 <= power + 0.01
    assert power < 0.9


def test_what_no_number_of_seeds_would_show():
    assert seeds_needed(np.array([1.0, -1.0, 1.0, -1.0])) is None
    assert seeds_needed(np.ones(5)) is None
    assert seeds_needed(np.array([1e-9, 1.0, -1.0])) is None


@pytest.mark.parametrize("shared", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("between", [0.0, 1.5])
def test_signal_to_noise_recovers_the_ratio_of_variances(shared, between):
    """Whatever share of the luck all actions have in common; the noise of one payoff has a variance of 4."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(400):
        common, own = rng.normal(size=(1, 30)), rng.normal(size=(60, 30))
        luck = 2 * (common * shared**0.5 + own * (1 - shared) ** 0.5)
        found.append(signal_to_noise(17 + between * rng.normal(size=(60, 1)) + luck))
    # The common luck's variance is estimated from few seeds, which bends the ratio a little.
    assert np.mean(found) == pytest.approx(between**2 / 4, rel=0.1, abs=0.01)


def test_luck_that_all_actions_share_is_no_difference_between_them():
    """With few seeds, all of the luck shared and only a little of each action's own."""
    rng = np.random.default_rng(3)
    payoffs = rng.normal(size=(50, 1)) + 3 * rng.normal(size=(1, 3)) + 0.1 * rng.normal(size=(50, 3))
    noise = payoffs.var(axis=1, ddof=1).mean()
    assert signal_to_noise(payoffs) * noise == pytest.approx(payoffs.mean(axis=1).var(ddof=1), rel=0.01)


@given(npst.arrays(np.float64, st.tuples(st.integers(2, 9), st.integers(2, 6)), elements=st.floats(-100, 100)))
def test_signal_to_noise_is_the_analysis_of_variance_of_a_linear_model(payoffs):
    """Mean squares from least squares on indicators of actions and seeds, as textbooks tabulate them."""
    n_actions, n_seeds = payoffs.shape
    action, seed = (index.ravel() for index in np.indices(payoffs.shape))
    actions, seeds = np.eye(n_actions)[action], np.eye(n_seeds)[seed]

    def unexplained(*factors):
        design = np.hstack(factors)
        fitted = design @ np.linalg.lstsq(design, payoffs.ravel(), rcond=None)[0]
        return np.square(payoffs.ravel() - fitted).sum()

    full, df_action, df_seed = unexplained(actions, seeds), n_actions - 1, n_seeds - 1
    interaction = full / (df_action * df_seed)
    of_actions = ((unexplained(seeds) - full) / df_action - interaction) / n_seeds
    of_seeds = ((unexplained(actions) - full) / df_seed - interaction) / n_actions
    if of_seeds + interaction > 1e-6:
        expected = of_actions / (of_seeds + interaction)
        assert signal_to_noise(payoffs) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_without_noise_the_ratio_is_infinite():
    assert signal_to_noise(np.array([[1.0, 1.0], [2.0, 2.0]])) == np.inf


@given(
    npst.arrays(np.float64, (7, 3), elements=st.integers(-3, 3)),
    npst.arrays(np.float64, (5, 3), elements=st.integers(-3, 3)),
)
def test_the_probability_of_improvement_is_rliables(one, other):
    metrics = pytest.importorskip("rliable.metrics")
    found = probability_of_improvement(list(one.T), list(other.T))
    assert found == pytest.approx(metrics.probability_of_improvement(one, other))
    assert found == pytest.approx(1 - probability_of_improvement(list(other.T), list(one.T)))


def test_the_probability_of_improvement_in_closed_form():
    assert probability_of_improvement([np.array([2.0, 3.0])], [np.array([0.0, 1.0])]) == 1
    assert probability_of_improvement([np.array([1.0])], [np.array([1.0])]) == 0.5


def test_sharing_seeds_makes_differences_sharper():
    rng = np.random.default_rng(4)
    luck = rng.normal(0, 5, size=10)
    one, other = luck + rng.normal(1, 0.2, size=10), luck + rng.normal(0, 0.2, size=10)
    paired, apart = mean_with_interval(one - other), difference_of_means(one, other)
    assert paired.mean == pytest.approx(apart.mean)
    assert paired.high - paired.low < (apart.high - apart.low) / 5
    assert paired.low > 0 > apart.low


@given(npst.arrays(np.float64, st.tuples(st.integers(2, 12), st.integers(1, 4)), elements=st.floats(-10, 10)))
def test_the_aggregates_and_the_profile_are_rliables(scores):
    rliable = pytest.importorskip("rliable.metrics")
    found = aggregates(list(scores.T), resamples=9)
    for own, theirs in (
        (found.interquartile_mean, rliable.aggregate_iqm),
        (found.median, rliable.aggregate_median),
        (found.mean, rliable.aggregate_mean),
        (found.optimality_gap, rliable.aggregate_optimality_gap),
    ):
        assert own.mean == pytest.approx(theirs(scores), abs=1e-9)
    thresholds = np.linspace(-10, 10, 7)
    expected = [np.mean(scores > threshold) for threshold in thresholds]
    np.testing.assert_allclose(performance_profile(list(scores.T), thresholds), expected)


def test_the_intervals_of_aggregates_are_scipys_stratified_percentiles():
    rng = np.random.default_rng(3)
    scores = [rng.normal(size=8), rng.normal(2, 1, size=8)]
    expected = stats.bootstrap(
        scores,
        lambda one, other, axis: (one.mean(axis=axis) + other.mean(axis=axis)) / 2,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    found = aggregates(scores).mean
    assert (found.low, found.high) == (pytest.approx(expected.low), pytest.approx(expected.high))
