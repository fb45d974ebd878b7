from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy import stats

from policybench.analysis.metrics import (
    anytime_score,
    convergence_payoff,
    expected_running_time,
    normalised,
    recommended_payoff,
    restricted_runtime,
    runtime,
    runtime_ecdf,
    simple_regret,
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
    for metric in (convergence_payoff, recommended_payoff):
        np.testing.assert_array_equal(metric(payoffs[order]), metric(payoffs)[order])


def test_normalised_scores_run_from_floor_to_ceiling():
    np.testing.assert_allclose(normalised(np.array([10.0, 25.0, 40.0]), 10, 40), [0, 0.5, 1])


def ones(payoffs):
    return np.ones_like(payoffs)


def test_runtime_is_when_the_trailing_mean_first_reaches_the_target():
    step_up = np.repeat([[0.0, 1.0]], 20, axis=1)  # 20 steps of 0, then 20 of 1
    np.testing.assert_array_equal(runtime(step_up, ones(step_up), 0.5), [25])
    np.testing.assert_array_equal(runtime(step_up, 1000 * ones(step_up), 1.0), [30_000])
    np.testing.assert_array_equal(runtime(step_up, ones(step_up), 1.01), [np.inf])
    np.testing.assert_array_equal(runtime(step_up, ones(step_up), -1), [10])
    np.testing.assert_array_equal(runtime(step_up[:, :9], ones(step_up[:, :9]), -1), [np.inf])
    spike = np.zeros((1, 30))
    spike[0, 15] = 5
    np.testing.assert_array_equal(runtime(spike, ones(spike), 1), [np.inf])


@given(matrices, st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_harder_targets_take_longer(payoffs, target, more):
    assert np.all(runtime(payoffs, ones(payoffs), target) <= runtime(payoffs, ones(payoffs), target + more))


@given(matrices, st.floats(-1e6, 1e6), st.integers(1, 50))
def test_a_longer_budget_never_undoes_a_success(payoffs, target, steps):
    short = runtime(payoffs[:, :steps], ones(payoffs[:, :steps]), target)
    whole = runtime(payoffs, ones(payoffs), target)
    np.testing.assert_array_equal(short[np.isfinite(short)], whole[np.isfinite(short)])


def test_expected_running_time_divides_all_that_was_spent_by_the_successes():
    runtimes, budgets = np.array([10.0, np.inf, 30.0, np.inf]), np.full(4, 100.0)
    assert success_share(runtimes) == 0.5
    assert expected_running_time(runtimes, budgets) == (10 + 100 + 30 + 100) / 2
    assert expected_running_time(runtimes[[1, 3]], budgets[:2]) == np.inf
    assert expected_running_time(runtimes[[0, 2]], budgets[:2]) == 20


def test_the_restricted_mean_is_the_area_under_the_survival_curve():
    rng = np.random.default_rng(3)
    runtimes, budget = rng.exponential(80, size=25), 100.0
    runtimes[runtimes > budget] = np.inf
    censored = stats.CensoredData.right_censored(np.minimum(runtimes, budget), np.isinf(runtimes))
    survival = stats.ecdf(censored).sf
    times = np.concatenate([[0], survival.quantiles[survival.quantiles < budget], [budget]])
    area = (survival.evaluate(times[:-1]) * np.diff(times)).sum()
    assert restricted_runtime(runtimes, budget).mean() == pytest.approx(area)


def test_the_anytime_score_weighs_early_steps_more():
    early, late = np.zeros((1, 50)), np.zeros((1, 50))
    early[0, :10] = late[0, -10:] = 1
    assert anytime_score(early, ones(early), 0, 1)[0] > 2 * anytime_score(late, ones(late), 0, 1)[0]
    constant = np.full((2, 50), 30.0)
    np.testing.assert_allclose(anytime_score(constant, ones(constant), 10, 50), [0.5, 0.5])
    # t for t in 1..e^2 on a log axis: the integral of e^x over [0, 2], divided by 2.
    steps = np.arange(1, 10_001) / 10_001 * (np.exp(2) - 1) + 1
    curve, increments = steps[None], np.diff(np.concatenate([[0], steps]))[None]
    assert anytime_score(curve, increments, 0, 1)[0] == pytest.approx((np.exp(2) - 1) / 2, rel=1e-3)
    np.testing.assert_allclose(anytime_score(np.array([[3.0]]), np.array([[7.0]]), 2, 4), [0.5])


def test_simple_regret_is_measured_against_the_best_known_action():
    np.testing.assert_allclose(simple_regret(np.array([30.0, 41.0]), 40), [10, -1])


def test_the_runtime_ecdf_is_the_share_of_targets_reached():
    runtimes = np.array([[10.0, 30.0], [20.0, np.inf]])
    times, shares, low, high = runtime_ecdf(runtimes, np.array([100.0, 100.0]))
    np.testing.assert_allclose(shares[[0, 1, 2]], [0.25, 0.5, 0.75])
    np.testing.assert_allclose(times[:3], [10, 20, 30])
    assert low[1] <= shares[1] <= high[1]
    assert runtime_ecdf(np.full((2, 2), np.inf), np.array([100.0, 90.0]))[1] == 0


def test_the_runtime_ecdf_takes_early_stops_for_unknown_not_for_failures():
    # Product limit: 1 of 3 succeeds at 10, one stops at 20, the last succeeds at 30.
    _, shares, _, _ = runtime_ecdf(np.array([[10.0], [np.inf], [30.0]]), np.array([50.0, 20.0, 50.0]))
    np.testing.assert_allclose(shares, [1 / 3, 1 / 3, 1])


@given(st.integers(30, 60), st.integers(0, 100))
def test_left_out_steps_never_count_as_consecutive(n_steps, seed):
    rng = np.random.default_rng(seed)
    payoffs, timesteps = rng.random((1, n_steps)), ones(np.empty((1, n_steps)))
    kept = np.flatnonzero(rng.random(n_steps) < 0.95)
    spent = np.cumsum(timesteps[0])[kept]
    found = runtime(payoffs[:, kept], np.diff(spent, prepend=0)[None], 0.5, steps=kept[None].astype(float))
    assert found[0] >= runtime(payoffs, timesteps, 0.5)[0]
