"""What is asked of an environment that offers the gradient of its payoff."""

from __future__ import annotations

import dataclasses

import numpy as np

from policybench.arrays import Floats
from policybench.environment import Environment
from policybench.outcome import Outcome
from policybench.testing.check import fail
from policybench.testing.environments.subject import SEEDS, STEP, EnvironmentSubject, check_equal, evaluate

_ESTIMATED_STEPS = 4
_WIDTH = 0.1  # of a finite difference of noisy payoffs, as a share of the action space
_LUCK = 1e-4


def gradient(subject: EnvironmentSubject) -> None:
    """If it offers a gradient, that is finite, changes no payoff, and agrees with finite differences of payoffs.

    An exact gradient (without ``baseline_gradient``) is compared number by number, where payoffs are smooth. An
    estimate is compared over seeds and steps, by a t-test: that finds a wrong sign or scale where payoffs are not
    too noisy, and no more.

    To fix: look for a sign, a scale (the width of the action space), or a part of the followers' learning that
    the gradient does not go through; compare with ``policybench.hypergradient``.
    """
    if not subject.problem.has_gradient:
        return
    environment = subject.ready()
    outcomes = evaluate(environment, STEP, subject.actions, gradient=True)
    for seed, outcome in zip(SEEDS, outcomes, strict=True):
        _check_array(subject, seed, outcome)
    bare = [dataclasses.replace(outcome, gradient=None, baseline_gradient=None) for outcome in outcomes]
    check_equal("with the gradient comes the same outcome", bare, subject.outcomes, SEEDS)
    if outcomes[0].baseline_gradient is None:
        _check_exact(subject, environment, outcomes)
    else:
        _check_estimate(subject, environment)


def _check_array(subject: EnvironmentSubject, seed: int, outcome: Outcome) -> None:
    shape = subject.problem.action_space.shape
    parts = {"gradient": outcome.gradient}
    if outcome.baseline_gradient is not None:
        parts["baseline_gradient"] = outcome.baseline_gradient
    for name, value in parts.items():
        if value is None or np.shape(value) != shape or not np.all(np.isfinite(value)):
            fail(f"outcome.{name} holds {shape[0]} finite numbers", f"{value!r} for seed {seed}")


def _check_exact(subject: EnvironmentSubject, environment: Environment, outcomes: list[Outcome]) -> None:
    found = np.array([outcome.gradient for outcome in outcomes])
    small, smaller = (_differences(environment, STEP, subject.actions, width) for width in (1e-4, 5e-5))
    scale = np.abs(found).max() + np.abs(small).max() + 1e-12
    smooth = np.abs(small - smaller) < 1e-4 * scale
    wrong = smooth & (np.abs(small - found) > 1e-2 * scale)
    if wrong.any():
        row, dimension = np.argwhere(wrong)[0]
        fail(
            f"gradient[{dimension}] equals the finite difference {small[row, dimension]:g}",
            f"{found[row, dimension]:g} for seed {SEEDS[row]}",
        )


def _check_estimate(subject: EnvironmentSubject, environment: Environment) -> None:
    from scipy import stats  # it takes long to import, and few environments come here

    gaps, actions = [], _inside(subject)
    for step in range(STEP, STEP + _ESTIMATED_STEPS):
        outcomes = evaluate(environment, step, actions, gradient=True)
        payoff = np.mean([outcome.payoff for outcome in outcomes])
        found = np.array(
            [o.gradient - payoff * o.baseline_gradient for o in outcomes if o.baseline_gradient is not None]
        )
        gaps.append(found - _differences(environment, step, actions, _WIDTH))
    test = stats.ttest_1samp(np.concatenate(gaps), 0.0, axis=0)
    if np.any(test.pvalue < _LUCK):
        dimension = int(np.argmin(test.pvalue))
        fail(
            f"gradient[{dimension}] agrees with finite differences of payoffs, on average",
            f"it is off by {np.concatenate(gaps)[:, dimension].mean():g} (p = {test.pvalue[dimension]:.1g})",
        )


def _inside(subject: EnvironmentSubject) -> Floats:
    """The actions, moved away from the bounds, so that they may be varied."""
    space = subject.problem.action_space
    margin = 2 * _WIDTH * (space.high - space.low)
    inside: Floats = np.clip(subject.actions, space.low + margin, space.high - margin)
    return inside


def _differences(environment: Environment, step: int, actions: Floats, width: float) -> Floats:
    """Central finite differences of payoffs with all randomness fixed, [n_seeds, action_dim]."""
    space = environment.problem.action_space
    columns = []
    for dimension in range(space.shape[0]):
        ends = []
        for sign in (-1.0, 1.0):
            moved = actions.copy()
            moved[:, dimension] += sign * width * float(space.high[dimension] - space.low[dimension])
            moved = np.clip(moved, space.low, space.high)
            payoffs = np.array([outcome.payoff for outcome in evaluate(environment, step, moved)])
            ends.append((moved[:, dimension], payoffs))
        (low, low_payoffs), (high, high_payoffs) = ends
        columns.append((high_payoffs - low_payoffs) / (high - low))
    return np.stack(columns, axis=1)
