"""Estimates: against SciPy and rliable, by closed forms, by their invariances, and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import stats

from policybench.analysis.statistics import (
    aggregates,
    difference_of_means,
    interquartile_mean,
    interquartile_mean_with_interval,
    mean_with_interval,
    performance_profile,
    probability_of_improvement,
    signal_to_noise,
)

samples = npst.arrays(np.float64, st.integers(2, 12), elements=st.floats(-1e3, 1e3))


def test_intervals_need_at_least_two_values():
    assert mean_with_interval(np.array([3.0])).low is None
    same = mean_with_interval(np.array([3.0, 3.0, 3.0]))
    assert (same.mean, same.low, same.high) == (3.0, 3.0, 3.0)


def test_the_interval_is_scipys_bca_bootstrap():
    values = np.random.default_rng(1).gamma(2.0, size=12)
    expected = stats.bootstrap((values,), np.mean, method="BCa", rng=np.random.default_rng(0)).confidence_interval
    found = mean_with_interval(values)
    assert (found.low, found.high) == (expected.low, expected.high)


@given(samples)
def test_the_interval_holds_the_mean(values):
    estimate = mean_with_interval(values, resamples=199)
    slack = 1e-9 * np.abs(values).max()
    assert values.min() - slack <= estimate.low <= estimate.high <= values.max() + slack


@pytest.mark.parametrize(("shift", "scale"), [(0, 0.1), (-100, 1), (37.5, 8)])
def test_intervals_move_and_stretch_with_the_values(shift, scale):
    values = np.random.default_rng(5).normal(size=20)
    plain = mean_with_interval(values, resamples=99)
    moved = mean_with_interval(scale * values + shift, resamples=99)
    for one, other in ((plain.mean, moved.mean), (plain.low, moved.low), (plain.high, moved.high)):
        assert other == pytest.approx(scale * one + shift, abs=1e-6)


@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_the_mean_does_not_depend_on_the_order_of_seeds(seed, random):
    values = np.random.default_rng(seed).normal(size=8)
    shuffled = values.copy()
    random.shuffle(shuffled)
    assert mean_with_interval(values, resamples=99).mean == pytest.approx(
        mean_with_interval(shuffled, resamples=99).mean
    )


def covers(draw, estimate, truth, rounds=400):
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(rounds):
        found = estimate(draw(rng))
        hits += found.low <= truth <= found.high
    return hits / rounds


def test_the_interval_covers_the_truth_in_a_short_simulation():
    share = covers(
        lambda rng: rng.normal(5, 2, size=30), lambda x: mean_with_interval(x, resamples=199), 5, rounds=300
    )
    assert 0.88 <= share <= 0.99


@pytest.mark.slow
def test_intervals_cover_the_truth_about_as_often_as_they_say():
    share = covers(lambda rng: rng.normal(5, 2, size=30), lambda x: mean_with_interval(x, resamples=999), 5)
    assert 0.90 <= share <= 0.98
    share = covers(
        lambda rng: (rng.normal(5, 2, size=20), rng.gamma(2, size=25)),
        lambda pair: difference_of_means(*pair, resamples=999),
        3,
    )
    assert 0.90 <= share <= 0.98
    share = covers(
        lambda rng: [rng.normal(5, 2, size=20), rng.normal(5, 2, size=20)],
        lambda scores: interquartile_mean_with_interval(scores, resamples=999),
        5,
    )
    assert 0.90 <= share <= 0.98


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


@given(npst.arrays(np.float64, st.tuples(st.integers(2, 12), st.integers(1, 4)), elements=st.floats(-10, 10)))
def test_the_interquartile_mean_is_rliables(scores):
    metrics = pytest.importorskip("rliable.metrics")
    assert interquartile_mean(scores) == pytest.approx(metrics.aggregate_iqm(scores), abs=1e-9)
    estimate = interquartile_mean_with_interval(list(scores.T), resamples=9)
    assert estimate.mean == pytest.approx(interquartile_mean(scores), abs=1e-9)


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
