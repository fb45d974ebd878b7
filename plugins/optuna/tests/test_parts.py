"""The Gaussian process, the improvement, merging and the announcements, each against its formula."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import integrate, optimize, stats

from policybench import InputError
from policybench.options import parse_options
from policybench.plugins import registry
from policybench_optuna.gaussian_process import GaussianProcess, _squares
from policybench_optuna.gp_bo import log_expected_improvement
from policybench_optuna.history import History, finest_grid, summarise


def _payoffs(n=30, dimensions=2, noise=0.1):
    rng = np.random.default_rng(0)
    points = rng.random((n, dimensions))
    return points, np.sin(4 * points[:, 0]) + points[:, 1] + rng.normal(0, noise, n)


def test_the_likelihoods_gradient_is_that_of_finite_differences():
    points, payoffs = _payoffs()
    summary = summarise(np.repeat(points, 2, axis=0)[:50], np.repeat(payoffs, 2)[:50])
    process = GaussianProcess(summary)
    squares = _squares(summary.points, summary.points)
    for logs in np.random.default_rng(1).normal(-0.5, 0.5, (5, 4)):
        numeric = optimize.approx_fprime(logs, lambda x: process._loss(x, squares)[0], 1e-6)
        np.testing.assert_allclose(process._loss(logs, squares)[1], numeric, rtol=1e-3, atol=1e-3)


def test_repeated_payoffs_count_as_often_as_they_came():
    points, payoffs = _payoffs(8)
    repeated = np.concatenate([points, points[:4]])
    paid = np.concatenate([payoffs, payoffs[:4] + 0.3])
    merged = GaussianProcess(summarise(repeated, paid))
    assert len(merged._data.points) == 8
    # The same posterior from all twelve payoffs, one by one, on the scale of the merged ones.
    lengths, variance, noise = np.exp(merged.logs[:-2]), *np.exp(merged.logs[-2:])
    grid = np.random.default_rng(2).random((20, 2))

    def kernel(one, other):
        roots = np.sqrt(5 * (_squares(one, other) / lengths**2).sum(axis=2))
        return variance * (1 + roots + roots**2 / 3) * np.exp(-roots)

    weights = np.linalg.solve(
        kernel(repeated, repeated) + noise * np.eye(12), (paid - merged._data.centre) / merged._data.spread
    )
    expected = merged._data.centre + merged._data.spread * kernel(grid, repeated) @ weights
    np.testing.assert_allclose(merged.mean(grid), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(merged.predict(grid)[0], merged.mean(grid))


def test_the_process_finds_function_and_noise():
    points, payoffs = _payoffs(150, noise=0.2)
    process = GaussianProcess(summarise(points, payoffs))
    noise = np.exp(process.logs[-1] / 2) * process._data.spread
    assert noise == pytest.approx(0.2, rel=0.3)
    grid = np.random.default_rng(3).random((200, 2))
    error = process.mean(grid) - (np.sin(4 * grid[:, 0]) + grid[:, 1])
    assert np.sqrt((error**2).mean()) < 0.1


@pytest.mark.parametrize("z", [-30.0, -8.0, -1.5, -1.0, -0.5, 0.0, 3.0, 40.0])
def test_expected_improvement_is_the_integral(z):
    found = log_expected_improvement(np.array([2.0 + 0.5 * z]), np.array([0.5]), 2.0)[0]
    # E[max(x + z, 0)] for a standard normal x, its density at -z factored out where z is negative.
    if z < 0:
        value, _ = integrate.quad(lambda t: t * np.exp(-(t**2) / 2 + z * t), 0, np.inf)
        expected = np.log(value) + stats.norm.logpdf(z)
    else:
        expected = np.log(stats.norm.pdf(z) + z * stats.norm.cdf(z))
    assert found == pytest.approx(expected + np.log(0.5), rel=1e-6)


def test_expected_improvement_never_overflows_and_always_orders():
    z = np.concatenate([-np.logspace(8, -8, 200), np.logspace(-8, 8, 200)])
    logs = log_expected_improvement(z, np.ones(400), 0.0)
    assert np.isfinite(logs).all()
    assert (np.diff(logs) >= -1e-9).all()


@given(
    arrays(float, st.tuples(st.integers(1, 60), st.just(2)), elements=st.floats(0, 1)),
    st.integers(1, 30),
)
def test_merging_keeps_totals_and_the_limit(points, most):
    payoffs = points.sum(axis=1)
    history = History(2)
    for point, payoff in zip(points, payoffs.tolist(), strict=True):
        history.add(point, payoff)
        summary = history.summary(most, 2)  # begins at the grid that it ended with
        assert len(summary.points) <= most
    np.testing.assert_array_equal(history.points, points)
    np.testing.assert_array_equal(history.payoffs, payoffs)
    for afresh, grown in zip(summarise(points, payoffs, finest_grid(points, most)), summary, strict=True):
        np.testing.assert_array_equal(afresh, grown)
    assert summary.counts.sum() == len(points)
    assert summary.counts @ summary.means == pytest.approx(payoffs.sum())
    np.testing.assert_allclose(summary.counts @ summary.points, points.sum(axis=0), atol=1e-9)
    assert ((summary.points >= 0) & (summary.points <= 1)).all()


@pytest.mark.parametrize(
    ("name", "given_option", "message"),
    [
        ("gp-bo", "startup=0", "startup takes an integer, at least 1."),
        ("gp-bo", "max_points=5", "max_points takes an integer, at least 10, at most 2000."),
        ("tpe", "multivariate=perhaps", "multivariate takes true or false."),
        ("cma-es", "population=2", "population takes an integer, at least 3."),
        ("sobol", "startup=3", "It takes no options"),
    ],
)
def test_wrong_options_are_refused(name, given_option, message):
    with pytest.raises(InputError) as error:
        parse_options(f"principal {name}", "-p", [given_option], registry().principal(name).spec.options)
    assert message in str(error.value)


@pytest.mark.parametrize("name", ["gp-bo", "optuna-gp", "tpe", "cma-es", "sobol"])
def test_the_readme_documents_every_option_with_its_default(name):
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    section = readme.split(f"### `{name}`")[1].split("\n##")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    spec = registry().principal(name).spec
    assert [row.split("`")[1] for row in rows] == [option.name for option in spec.options]
    for row, option in zip(rows, spec.options, strict=True):
        if option.default is not None:
            default = row.split("|")[2].strip()
            assert default == str(option.default).lower()


def test_announcing_imports_nothing_heavy():
    code = (
        "import sys, policybench_optuna as plugin; assert len(list(plugin.policybench_principals())) == 5;"
        "sys.exit(any(name in sys.modules for name in ('numpy', 'torch', 'optuna', 'scipy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
