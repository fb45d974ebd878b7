from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import stats

from policybench.analysis.metrics import (
    convergence_payoff,
    expected_running_time,
    normalised,
    ranking_payoff,
    restricted_runtime,
    runtime,
    runtime_ecdf,
    sample_efficiency,
    success_share,
)

matrices = npst.arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 50)), elements=st.floats(-1e6, 1e6))


def test_convergence_payoff_is_the_mean_of_the_last_tenth():
    payoffs = np.vstack([np.arange(100.0), np.arange(100.0)[::-1]])
    np.testing.assert_allclose(convergence_payoff(payoffs), [94.5, 4.5])
    np.testing.assert_allclose(convergence_payoff(payoffs[:, :3]), [2.0, 97.0])
    np.testing.assert_allclose(convergence_payoff(payoffs[:, :11]), [9.5, 89.5])


@given(matrices, st.randoms(use_true_random=False))
def test_metrics_follow_the_order_of_seeds(payoffs, random):
    order = list(range(len(payoffs)))
    random.shuffle(order)
    for metric in (convergence_payoff, sample_efficiency, ranking_payoff):
        np.testing.assert_array_equal(metric(payoffs[order]), metric(payoffs)[order])


def test_normalised_scores_run_from_floor_to_ceiling():
    np.testing.assert_allclose(normalised(np.array([10.0, 25.0, 40.0]), 10, 40), [0, 0.5, 1])


def test_sample_efficiency_is_one_minus_the_mean_regret():
    payoffs, floor, ceiling = np.random.default_rng(0).normal(3, 2, (4, 50)), 1.0, 6.0
    regret = (ceiling - payoffs) / (ceiling - floor)
    np.testing.assert_allclose(normalised(sample_efficiency(payoffs), floor, ceiling), 1 - regret.mean(axis=1))
    np.testing.assert_allclose(sample_efficiency(payoffs, 10), payoffs[:, :10].mean(axis=1))
    np.testing.assert_array_equal(sample_efficiency(payoffs, 100), sample_efficiency(payoffs))


def test_long_budgets_are_ranked_by_their_first_hundred_steps_too():
    payoffs = np.zeros((1, 1000))
    payoffs[0, :100] = 1
    np.testing.assert_allclose(ranking_payoff(payoffs), [(1 + 0.1) / 2])
    np.testing.assert_allclose(ranking_payoff(payoffs[:, :100]), [1])


def test_runtime_is_when_the_trailing_mean_first_reaches_the_target():
    step_up = np.repeat([[0.0, 1.0]], 20, axis=1)  # 20 steps of 0, then 20 of 1
    np.testing.assert_array_equal(runtime(step_up, 0.5), [25])
    np.testing.assert_array_equal(runtime(step_up, 1.0), [30])
    np.testing.assert_array_equal(runtime(step_up, 1.01), [np.inf])
    np.testing.assert_array_equal(runtime(step_up, -1), [10])
    np.testing.assert_array_equal(runtime(step_up[:, :9], -1), [np.inf])
    spike = np.zeros((1, 30))
    spike[0, 15] = 5
    np.testing.assert_array_equal(runtime(spike, 1), [np.inf])


@given(matrices, st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_harder_targets_take_longer(payoffs, target, more):
    assert np.all(runtime(payoffs, target) <= runtime(payoffs, target + more))


@given(matrices, st.floats(-1e6, 1e6), st.integers(1, 50))
def test_a_longer_budget_never_undoes_a_success(payoffs, target, steps):
    short = runtime(payoffs[:, :steps], target)
    whole = runtime(payoffs, target)
    np.testing.assert_array_equal(short[np.isfinite(short)], whole[np.isfinite(short)])


def test_expected_running_time_divides_all_that_was_spent_by_the_successes():
    runtimes = np.array([10.0, np.inf, 30.0, np.inf])
    assert success_share(runtimes) == 0.5
    assert expected_running_time(runtimes, 100) == (10 + 100 + 30 + 100) / 2
    assert expected_running_time(runtimes[[1, 3]], 100) == np.inf
    assert expected_running_time(runtimes[[0, 2]], 100) == 20


def test_the_restricted_mean_is_the_area_under_the_survival_curve():
    rng = np.random.default_rng(3)
    runtimes, budget = rng.exponential(80, size=25), 100.0
    runtimes[runtimes > budget] = np.inf
    censored = stats.CensoredData.right_censored(np.minimum(runtimes, budget), np.isinf(runtimes))
    survival = stats.ecdf(censored).sf
    times = np.concatenate([[0], survival.quantiles[survival.quantiles < budget], [budget]])
    area = (survival.evaluate(times[:-1]) * np.diff(times)).sum()
    assert restricted_runtime(runtimes, budget).mean() == pytest.approx(area)


def test_the_runtime_ecdf_is_the_share_of_targets_reached():
    times, shares = runtime_ecdf(np.array([[10.0, 30.0], [20.0, np.inf], [10.0, np.inf]]))
    np.testing.assert_array_equal(times, [10, 20, 30])
    np.testing.assert_allclose(shares, [2 / 6, 3 / 6, 4 / 6])
    assert runtime_ecdf(np.full((2, 2), np.inf))[1].size == 0
