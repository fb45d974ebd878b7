"""Thompson sampling: its posterior against integrals over the prior, its draws, and its regret."""

import numpy as np
import pytest
from scipy import integrate, stats

_PRIOR = {"prior_mean": 1.0, "prior_count": 0.5, "prior_shape": 2.0, "prior_scale": 6.0}
_PAYOFFS = [4.0, 2.5, 5.5, 3.0]


def _taught(create, problem, payoffs, **options):
    """A principal whose second arm of two was told all payoffs, and its first none."""
    principal = create("thompson", problem, **options)
    for payoff in payoffs:
        principal.tables.add(None, 1, payoff)
    return principal


def _posterior_density(mean, variance):
    """Prior times likelihood, not normalised, from scipy's densities alone."""
    density = stats.invgamma.pdf(variance, _PRIOR["prior_shape"], scale=_PRIOR["prior_scale"])
    density = density * stats.norm.pdf(mean, _PRIOR["prior_mean"], np.sqrt(variance / _PRIOR["prior_count"]))
    for payoff in _PAYOFFS:
        density *= stats.norm.pdf(payoff, mean, np.sqrt(variance))
    return density


def test_the_posterior_is_prior_times_likelihood(make_problem, create):
    principal = _taught(create, make_problem(levels=2), _PAYOFFS, **_PRIOR)
    posterior = principal.posterior(principal.tables[None])
    means, variances = np.linspace(-20, 25, 1501), np.geomspace(1e-2, 1e3, 1501)
    density = _posterior_density(means[:, None], variances)

    def expectation(values):
        return integrate.simpson(integrate.simpson(values * density, x=variances), x=means)

    total = expectation(1.0)
    variance = stats.invgamma(posterior.shape[1], scale=posterior.scale[1])
    marginal = stats.t(
        2 * posterior.shape[1],
        posterior.mean[1],
        np.sqrt(posterior.scale[1] / (posterior.shape[1] * posterior.count[1])),
    )
    first = expectation(means[:, None]) / total
    assert first == pytest.approx(marginal.mean(), rel=1e-3)
    assert expectation((means[:, None] - first) ** 2) / total == pytest.approx(marginal.var(), rel=1e-3)
    assert expectation(variances) / total == pytest.approx(variance.mean(), rel=2e-3)
    assert expectation(np.log(variances)) / total == pytest.approx(variance.expect(np.log), rel=1e-3)


def test_an_arm_never_tried_has_the_prior(make_problem, create):
    principal = _taught(create, make_problem(levels=2), _PAYOFFS)
    posterior = principal.posterior(principal.tables[None])
    assert (posterior.mean[0], posterior.count[0], posterior.shape[0], posterior.scale[0]) == (0, 0.05, 1, 25)


@pytest.mark.parametrize("payoffs", [[], [12.0], [10.0, 11.0, 9.0]])
def test_draws_follow_the_posterior(make_problem, create, payoffs):
    principal = _taught(create, make_problem(levels=2), payoffs)
    table = principal.tables[None]
    draws = np.array([principal.draw(table)[1] for _ in range(5000)])
    # The definition in two stages: a variance first, then a mean given the variance.
    posterior, rng = principal.posterior(table), np.random.default_rng(4)
    variances = stats.invgamma.rvs(posterior.shape[1], scale=posterior.scale[1], size=50_000, random_state=rng)
    means = rng.normal(posterior.mean[1], np.sqrt(variances / posterior.count[1]))
    assert stats.ks_2samp(draws, means).pvalue > 1e-3


def test_arms_are_taken_as_often_as_they_draw_highest(make_problem, create):
    principal = _taught(create, make_problem(levels=2), [12.0])
    taken = np.array([principal.ask(None)[0] == 1.0 for _ in range(4000)])
    draws = np.array([principal.draw(principal.tables[None]) for _ in range(20_000)])
    expected = np.mean(draws[:, 1] > draws[:, 0])
    assert 0.6 < expected < 0.9
    assert stats.binomtest(int(taken.sum()), taken.size, expected).pvalue > 1e-3


def test_recommends_the_highest_posterior_mean_not_the_luckiest_average(make_problem, create):
    principal = create("thompson", make_problem(levels=2), prior_count=5.0)
    principal.tables.add(None, 0, 12.0)
    for _ in range(20):
        principal.tables.add(None, 1, 10.0)
    assert principal.recommend(None).tolist() == [1.0]
    assert create("thompson", make_problem(levels=2)).recommend(None).tolist() == [0.5]


def test_regret_beats_epsilon_greedys_and_fades(make_problem, create, play):
    means = np.array([10.0, 14, 18, 22, 30, 22, 18, 14, 10, 12, 16])
    gaps = means.max() - means
    regret = {"thompson": [], "epsilon-greedy": []}
    for seed in range(12):
        for name, total in regret.items():
            rng = np.random.default_rng(seed)
            principal = create(name, make_problem(levels=11), seed=seed)
            arms = play(principal, lambda arm, rng=rng: rng.normal(means[arm], 4), 1500, 11)
            total.append(gaps[arms])
    thompson, greedy = (np.array(regret[name]) for name in ("thompson", "epsilon-greedy"))
    paired = stats.ttest_rel(thompson.sum(axis=1), greedy.sum(axis=1), alternative="less")
    assert paired.pvalue < 1e-3
    late = thompson[:, -500:].mean()
    assert late < 0.1 * gaps.mean() / 5, "far below what epsilon 0.1 alone costs"
    assert late < thompson[:, :500].mean() / 5
