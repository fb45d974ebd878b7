"""Environments that lose, change or wrongly take the actions they are given; pictures that are none."""

from __future__ import annotations

import numpy as np
import pytest
from testing.failing import environment_fails as fails
from testing.good import Pond, environment, failures

from policybench import InputError
from policybench.testing import environment_checks


class LosesTheAction(Pond):
    """What the action does gets lost; the gradient, which would notice, is not offered."""

    def make_problem(self, **changes):
        return super().make_problem(**({"has_gradient": False} | changes))

    def one(self, seed, step, action, gradient):
        return super().one(seed, step, np.zeros(2), gradient)


def test_actions_matter():
    fails(LosesTheAction, "actions-matter", "the same for 5 actions")
    assert failures(environment_checks(environment(LosesTheAction), training_episodes=0)) == {}


class WritesIntoItsActions(Pond):
    def evaluate(self, step, actions, *, gradient=False):
        outcomes = super().evaluate(step, actions, gradient=gradient)
        actions /= 2
        return outcomes


def test_arguments_are_left_alone():
    fails(WritesIntoItsActions, "arguments-are-left-alone", "became")


class TakesAnything(Pond):
    def evaluate(self, step, actions, *, gradient=False):
        return [self.one(seed, step, row, gradient) for seed, row in zip(self.seeds, actions, strict=False)]


class TakesLittle(Pond):
    def evaluate(self, step, actions, *, gradient=False):
        if np.any(actions > 2):
            raise InputError("too much")
        return [self.one(seed, step, row, gradient) for seed, row in zip(self.seeds, actions, strict=True)]


class Asserts(Pond):
    def evaluate(self, step, actions, *, gradient=False):
        if np.any(actions > 2):
            raise IndexError("no such quota")
        return super().evaluate(step, actions, gradient=gradient)


@pytest.mark.parametrize(
    ("kind", "expected", "got"),
    [
        (TakesAnything, "above the upper bound", "it evaluated them"),
        (TakesLittle, "below the lower bound", "it evaluated them"),
        (Asserts, "above the upper bound", "IndexError: no such quota"),
    ],
)
def test_bad_actions_are_refused(kind, expected, got):
    assert expected in fails(kind, "bad-actions-are-refused", got).expected


class DrawsInReals(Pond):
    def render(self, step, action):
        yield np.zeros((4, 4, 3))


class DrawsNothing(Pond):
    def render(self, step, action):
        return iter([])


@pytest.mark.parametrize(("kind", "got"), [(DrawsInReals, "(4, 4, 3) of float64"), (DrawsNothing, "none")])
def test_pictures(kind, got):
    fails(kind, "pictures", got)
