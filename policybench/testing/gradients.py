"""What is asked of an environment that offers the gradient of its payoff."""

from __future__ import annotations

import dataclasses

import numpy as np
from scipy import stats

from policybench.outcome import Floats, Outcome
from policybench.testing.check import fail
from policybench.testing.governing import SEEDS, STEP, GovernedSubject, check_equal

_ESTIMATED_STEPS = 4
_WIDTH = 0.1  # of a finite difference of noisy payoffs, as a share of the action space
_LUCK = 1e-4


def gradient(subject: GovernedSubject) -> None:
    """If it offers a gradient, that is finite, changes no payoff, and agrees with finite differences of payoffs.

    An exact gradient (without ``baseline_gradient``) is compared number by number; an estimate, over seeds and
    steps, by a t-test: that finds a wrong sign or scale where payoffs are not too noisy, and no more.
    """
    if not subject.ready.problem.has_gradient:
        return
    outcomes = subject.ready.evaluate(STEP, subject.actions.copy(), gradient=True)
    for seed, outcome in zip(SEEDS, outcomes, strict=True):
        _check_array(subject, seed, outcome)
    bare = [dataclasses.replace(outcome, gradient=None, baseline_gradient=None) for outcome in outcomes]
    check_equal("with the gradient comes the same outcome", bare, subject.outcomes, SEEDS)
    if outcomes[0].baseline_gradient is None:
        _check_exact(subject, outcomes)
    else:
        _check_estimate(subject)


def _check_array(subject: GovernedSubject, seed: int, outcome: Outcome) -> None:
    shape = subject.ready.problem.action_space.shape
    parts = {"gradient": outcome.gradient}
    if outcome.baseline_gradient is not None:
        parts["baseline_gradient"] = outcome.baseline_gradient
    for name, value in parts.items():
        if value is None or np.shape(value) != shape or not np.all(np.isfinite(value)):
            fail(f"outcome.{name} holds {shape[0]} finite numbers", f"{value!r} for seed {seed}")


def _check_exact(subject: GovernedSubject, outcomes: list[Outcome]) -> None:
    found = np.array([outcome.gradient for outcome in outcomes])
    small, smaller = _differences(subject, STEP, 1e-4), _differences(subject, STEP, 5e-5)
    scale = np.abs(found).max() + np.abs(small).max() + 1e-12
    smooth = np.abs(small - smaller) < 1e-4 * scale
    wrong = smooth & (np.abs(small - found) > 1e-2 * scale)
    if wrong.any():
        row, dimension = np.argwhere(wrong)[0]
        fail(
            f"gradient[{dimension}] equals the finite difference {small[row, dimension]:g}",
            f"{found[row, dimension]:g} for seed {SEEDS[row]}",
        )


def _check_estimate(subject: GovernedSubject) -> None:
    gaps = []
    for step in range(STEP, STEP + _ESTIMATED_STEPS):
        outcomes = subject.ready.evaluate(step, _inside(subject), gradient=True)
        payoff = np.mean([outcome.payoff for outcome in outcomes])
        found = np.array(
            [o.gradient - payoff * o.baseline_gradient for o in outcomes if o.baseline_gradient is not None]
        )
        gaps.append(found - _differences(subject, step, _WIDTH))
    test = stats.ttest_1samp(np.concatenate(gaps), 0.0, axis=0)
    if np.any(test.pvalue < _LUCK):
        dimension = int(np.argmin(test.pvalue))
        fail(
            f"gradient[{dimension}] agrees with finite differences of payoffs, on average",
            f"it is off by {np.concatenate(gaps)[:, dimension].mean():g} (p = {test.pvalue[dimension]:.1g})",
        )


def _inside(subject: GovernedSubject) -> Floats:
    """The actions, moved away from the bounds, so that they may be varied."""
    space = subject.ready.problem.action_space
    margin = 2 * _WIDTH * (space.high - space.low)
    inside: Floats = np.clip(subject.actions, space.low + margin, space.high - margin)
    return inside


def _differences(subject: GovernedSubject, step: int, width: float) -> Floats:
    """Central finite differences of payoffs with all randomness fixed, [n_seeds, action_dim]."""
    space = subject.ready.problem.action_space
    actions = _inside(subject) if width == _WIDTH else subject.actions
    columns = []
    for dimension in range(space.shape[0]):
        ends = []
        for sign in (-1.0, 1.0):
            moved = actions.copy()
            moved[:, dimension] += sign * width * float(space.high[dimension] - space.low[dimension])
            moved = np.clip(moved, space.low, space.high)
            payoffs = [outcome.payoff for outcome in subject.ready.evaluate(step, moved)]
            ends.append((moved[:, dimension].copy(), np.array(payoffs)))
        (low, low_payoffs), (high, high_payoffs) = ends
        columns.append((high_payoffs - low_payoffs) / (high - low))
    return np.stack(columns, axis=1)
