"""The recorded rows of a seed's curve: all of them, or so few that they fit into a submission."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policybench.analysis import metrics
from policybench.arrays import Floats
from policybench.store.filled import MOST_REPEATED

Integers = NDArray[np.integer[Any]]

MOST_ROWS = 400
"""Rows a seed that a thinned curve keeps at most."""

_FIRST, _TAIL = 40, 200
_WITNESSES = len(metrics.TARGETS) * metrics.TRAILING_STEPS + 1


@dataclass(frozen=True)
class Curve:
    """What is recorded of one seed's steps.

    Attributes:
        steps: [n], numbers of the recorded steps, rising.
        payoffs: [n].
        validation: [n], validation timesteps of each recorded step.
        spent: [n], validation timesteps of all steps up to and including each recorded one.
        n_steps: steps that were done.
        filled_from: the first step that was filled in (``policybench.store.filled``), as all after it; None if
            every step was evaluated.
    """

    steps: Integers
    payoffs: Floats
    validation: Integers
    spent: Integers
    n_steps: int
    filled_from: int | None = None

    @property
    def whole(self) -> bool:
        """Whether every step is recorded."""
        return len(self.steps) == self.n_steps

    def rows(self, steps: Integers) -> Curve:
        """The recorded rows among these steps."""
        kept = np.isin(self.steps, steps)
        return replace(
            self,
            steps=self.steps[kept],
            payoffs=self.payoffs[kept],
            validation=self.validation[kept],
            spent=self.spent[kept],
        )

    def runtime(self, target: float) -> float:
        """Validation timesteps to a target as ``metrics.runtime`` defines it, from the recorded rows."""
        steps = self.steps.astype(np.float64)
        [time] = metrics.runtime(self.payoffs[None], self._increments[None], target, steps=steps[None])
        return float(time)

    def convergence_payoff(self) -> float:
        """As ``metrics.convergence_payoff`` defines it, from the recorded rows of the last 10%."""
        return float(self.payoffs[self.steps >= self.n_steps - metrics.last_tenth(self.n_steps)].mean())

    def anytime_score(self, floor: float, ceiling: float) -> float:
        """As ``metrics.anytime_score`` defines it.

        Of a thinned curve only those rows count that are kept whatever their payoffs.
        """
        curve = self if self.whole else self.rows(base_steps(self.n_steps))
        [score] = metrics.anytime_score(curve.payoffs[None], curve._increments[None], floor, ceiling)
        return float(score)

    @property
    def _increments(self) -> Floats:
        return np.diff(self.spent, prepend=0).astype(np.float64)


def filled_share(curves: Iterable[Curve]) -> float:
    """Which part of all seeds' steps was filled in."""
    steps = filled = 0
    for curve in curves:
        steps += curve.n_steps
        filled += 0 if curve.filled_from is None else curve.n_steps - curve.filled_from
    return filled / steps if steps else 0.0


def base_steps(n_steps: int) -> Integers:
    """The steps that a thinned curve keeps whatever happened in them, [n], rising.

    All if they are few. Otherwise the first 40, then ever fewer (equidistant on the logarithmic scale of the
    anytime score), and the last 10%, or 200 of these, equidistant.
    """
    if n_steps <= MOST_ROWS:
        return np.arange(n_steps)
    last = metrics.last_tenth(n_steps)
    middle = np.geomspace(_FIRST, n_steps - last, MOST_ROWS - _WITNESSES - _FIRST - _TAIL - MOST_REPEATED).round()
    tail = np.linspace(n_steps - last, n_steps - 1, min(last, _TAIL)).round()
    return np.unique(np.concatenate([np.arange(_FIRST), middle, tail]).astype(np.int64))


def thinned_steps(curve: Curve, targets: Iterable[float]) -> Integers:
    """The steps to keep so that every metric still follows from the rows, at most ``MOST_ROWS``.

    Beside ``base_steps`` those whose mean first reached a target, which prove the runtimes, the one with the
    fewest validation timesteps, which bounds what the steps left out can have spent, and those that decide what
    filled steps pay. Applied to a thinned curve it changes nothing, so that anybody can see that no rows were
    picked by hand.
    """
    if curve.n_steps <= MOST_ROWS:
        return curve.steps
    kept = [base_steps(curve.n_steps), curve.steps[[int(curve.validation.argmin())]]]
    if curve.filled_from is not None:
        kept.append(np.arange(max(0, curve.filled_from - MOST_REPEATED), curve.filled_from))
    for target in targets:
        reached = np.flatnonzero(curve.spent == curve.runtime(target))
        if reached.size:
            end = int(curve.steps[reached[0]])
            kept.append(np.arange(end + 1 - metrics.TRAILING_STEPS, end + 1))
    return np.unique(np.concatenate(kept))
