"""Environments whose gradient is wrong, and good estimates of one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from testing.failing import environment_fails as fails
from testing.good import Pond, environment, failures

from policybench.testing import environment_checks


def with_gradient(change):
    """A pond whose gradient is changed by a function of the outcome."""

    def one(self, *arguments):
        outcome = Pond.one(self, *arguments)
        return outcome if outcome.gradient is None else change(outcome)

    return type("Slips", (Pond,), {"one": one})


def estimated(outcome, scale=1.0):
    """The gradient as an estimate: noisy, with something to subtract."""
    noise = np.random.default_rng(int(abs(outcome.payoff) * 1e6)).normal(0, 0.01, 2)
    gradient = scale * outcome.gradient + noise + outcome.payoff * noise
    return replace(outcome, gradient=gradient, baseline_gradient=noise)


@pytest.mark.parametrize(
    ("change", "got"),
    [
        (lambda right: replace(right, gradient=-right.gradient), "for seed 0"),
        (lambda right: replace(right, gradient=2 * right.gradient), "for seed 0"),
        (lambda right: replace(right, gradient=right.gradient[:1]), "for seed 0"),
        (lambda right: replace(right, gradient=None), "None for seed 0"),
        (lambda right: replace(right, gradient=right.gradient * np.nan), "nan"),
        (lambda right: replace(right, payoff=right.payoff + 1), "payoff"),
        (lambda right: estimated(right, -1.0), "it is off by"),
    ],
)
def test_gradient(change, got):
    fails(with_gradient(change), "gradient", got)


def test_a_good_estimate_of_the_gradient_passes():
    assert failures(environment_checks(environment(with_gradient(estimated)))) == {}
