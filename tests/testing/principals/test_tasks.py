"""Principals that cannot play every task."""

from __future__ import annotations

import numpy as np
import pytest
from testing.failing import principal_fails as fails
from testing.good import Finisher, Searcher

from policybench import InputError

pytestmark = pytest.mark.usefixtures("only_the_toy")


class OutOfBounds(Searcher):
    def draw(self):
        return super().draw() if self.low.shape != (3,) else self.rng.uniform(6, 7, 3)


class Creeps(Searcher):
    """Moves on from the best action of all, and forgets the bounds."""

    def draw(self):
        best = max(self.best.values(), key=lambda best: best[1], default=None)
        here = (self.low + self.high) / 2 if best is None else np.asarray(best[0])
        return here + 0.1 * self.rng.random(here.shape) * (self.high - self.low)


class GreedyForGradients(Searcher):
    """Uses the gradient without a word; the harness would give it none."""

    def tell(self, action, outcome):
        super().tell(action, outcome)
        if len(self.low) > 1:
            outcome.gradient.sum()


class TakesContextsForNumbers(Searcher):
    def key(self, context):
        return "" if context is None or np.size(context) != 3 else str(int(context))


class WritesIntoTheObservation(Searcher):
    def tell(self, action, outcome):
        super().tell(action, outcome)
        for name, seen in outcome.observation.items():
            if name == "observed_1":
                seen[:] = 0


class TakesUpAgain(Finisher):
    def settled(self, context):
        end = super().settled(context)
        self.told += 1
        return end if self.told < 8 or len(self.low) != 3 else None


class RemarksOnNothing(Searcher):
    def notes(self):
        return {"loss": np.float32(1.0)} if len(self.low) == 3 else {}


class RefusesTooLate(Searcher):
    def ask(self, context):
        if len(self.low) == 4:
            raise InputError("four is too many")
        return super().ask(context)


@pytest.mark.parametrize(
    ("kind", "got"),
    [
        (OutOfBounds, "three numbers in unequal intervals"),
        (GreedyForGradients, "AttributeError: 'NoneType' object has no attribute 'sum'"),
        (TakesContextsForNumbers, "TypeError"),
        (WritesIntoTheObservation, "observed_1"),
        (TakesUpAgain, "settled() returned None again"),
        (RemarksOnNothing, "not JSON serializable"),
        (RefusesTooLate, "four is too many"),
        (Creeps, "a corner pays best"),
    ],
)
def test_every_shape(kind, got):
    fails(kind, "every-shape", got)


class BreaksOnLongObservations(Searcher):
    def tell(self, action, outcome):
        super().tell(action, outcome)
        assert all(part.size < 20 for part in outcome.observation.values()), "too long"


def test_every_environment():
    fails(BreaksOnLongObservations, "every-environment", "AssertionError: too long")
