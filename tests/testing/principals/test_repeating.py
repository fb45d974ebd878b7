"""Principals that do not do the same again: with the same seed, resumed, or beside others."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from testing.failing import principal_fails as fails
from testing.good import Searcher, failures, principal

from policybench.testing import principal_checks

pytestmark = pytest.mark.usefixtures("only_the_toy")


class DrawsFromTheGlobalGenerator(Searcher):
    def draw(self):
        return np.random.uniform(self.low, self.high)


def test_same_seed_same_behaviour():
    fails(DrawsFromTheGlobalGenerator, "same-seed-same-behaviour", "at comparison 0")


class ForgetsItsPlace(Searcher):
    turn = 0

    def draw(self):
        self.turn += 1
        return self.low + (self.high - self.low) / self.turn


class ForgetsLateSteps(Searcher):
    late = 0

    def tell(self, action, outcome):
        super().tell(action, outcome)
        self.late += 1

    def draw(self):
        return super().draw() if self.late < 40 else self.low.astype(float)


@pytest.mark.parametrize(
    ("kind", "got"), [(ForgetsItsPlace, "at comparison"), (ForgetsLateSteps, "at comparison")]
)
def test_resume(kind, got):
    fails(kind, "resume", got)


class LosesItsLog(Searcher):
    def __init__(self, problem, *, rng):
        super().__init__(problem, rng=rng)
        self.log = []

    def tell(self, action, outcome):
        super().tell(action, outcome)
        self.log.append(outcome.payoff)

    def state_dict(self):
        return super().state_dict() | {"log": self.log}


def test_state_is_whole():
    fails(LosesItsLog, "state-is-whole", "other values of 'log'")


class KeepsASet(Searcher):
    def state_dict(self):
        return super().state_dict() | {"seen": {1, 2}}


def test_a_state_that_no_checkpoint_holds():
    failed = failures(principal_checks(principal(KeepsASet)))
    assert {"resume", "state-is-whole"} <= set(failed)
    assert "a checkpoint holds arrays" in failed["state-is-whole"].got


class SharesInTheClass(Searcher):
    """What one seed was asked moves the others', but not after a game has ended: each begins with its own."""

    turns: ClassVar[dict] = {}

    def attach(self, workspace):
        self.turns.clear()
        self.seed = workspace.seed

    def draw(self):
        self.turns[self.seed] = True
        return super().draw() if len(self.turns) < 2 else self.low.copy()


def test_seeds_are_independent():
    fails(SharesInTheClass, "seeds-are-independent", "at comparison")
