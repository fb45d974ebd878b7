"""Environments that are not what their problem declares, or whose problem is not complete."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from gymnasium import spaces
from testing.failing import environment_fails as fails
from testing.good import Lake, Pond, environment, failures

from policybench import InputError, Reference
from policybench.testing import environment_checks


def broken_problem(**changes):
    """A lake whose problem is changed."""
    return type("Changed", (Lake,), {"make_problem": lambda self: replace(Lake.make_problem(self), **changes)})


PROSE = Lake((), training_episodes=0, validation_episodes=1).problem.description


@pytest.mark.parametrize(
    ("kind", "got"),
    [
        (broken_problem(steps=0), "0"),
        (broken_problem(coarse_levels=1), "1"),
        (broken_problem(description=replace(PROSE, action=PROSE.action[:1])), "'quota'"),
        (broken_problem(description=replace(PROSE, action=PROSE.action[:1] * 2)), "['quota', 'quota']"),
        (broken_problem(description=replace(PROSE, story=" ")), "it is empty"),
        (broken_problem(description=replace(PROSE, observation={})), "[]"),
        (broken_problem(description=replace(PROSE, context="the season")), "'the season' with None"),
        (broken_problem(floor=Reference(1.0, 0.1, "guessed")), "ceiling None"),
        (
            broken_problem(
                floor=Reference(-1e7, 0.1, ""), ceiling=Reference(0.5, 0.1, ""), payoff_bounds=(-1e6, 1e6)
            ),
            "-1e+07 as the floor",
        ),
        (broken_problem(floor=Reference(1.0, 0.1, ""), ceiling=Reference(0.5, 0.1, "")), "1.0 and 0.5"),
        (
            broken_problem(
                floor=Reference(0.0, 0.1, ""), ceiling=Reference(0.5, 0.1, "", action={"": (3.0, 0.0)})
            ),
            "(3.0, 0.0)",
        ),
    ],
)
def test_problem_is_complete(kind, got):
    fails(kind, "problem-is-complete", got)


def test_bounds_that_are_not_finite_are_found():
    endless = broken_problem(action_space=spaces.Box(0.0, np.inf, (2,), np.float64))
    failed = failures(environment_checks(environment(endless)))
    assert "inf" in failed["problem-is-complete"].got


class PaysNothing(Pond):
    def one(self, *arguments):
        return replace(super().one(*arguments), payoff=np.nan)


class PaysMore(Pond):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.problem = replace(self.problem, payoff_bounds=(-1e9, -1e8))


class SeesMore(Pond):
    def one(self, *arguments):
        return replace(super().one(*arguments), observation={"fish": np.full(3, 51.0)})


class SeesOtherwise(Pond):
    def one(self, *arguments):
        return replace(super().one(*arguments), observation={"fish": np.full(3, 10.0), "birds": np.zeros(1)})


class BreaksInACorner(Pond):
    def one(self, seed, step, action, *others):
        outcome = super().one(seed, step, action, *others)
        return replace(outcome, payoff=math.inf) if not action.any() else outcome


@pytest.mark.parametrize(
    ("kind", "got"),
    [
        (PaysNothing, "nan"),
        (PaysMore, " for seed"),
        (SeesMore, "51"),
        (SeesOtherwise, "['birds', 'fish']"),
        (BreaksInACorner, "inf for seed 0"),
    ],
)
def test_outcomes_are_declared(kind, got):
    # Where payoffs are NaN there is no derivative either.
    assert got in failures(environment_checks(environment(kind, final_options={})))["outcomes-are-declared"].got
    if kind is not PaysNothing:
        fails(kind, "outcomes-are-declared", got, final_options={})


def miscounts(count):
    """A pond that counts timesteps by a function of the right count."""

    def one(self, *arguments):
        outcome = Pond.one(self, *arguments)
        return replace(outcome, timesteps=count(outcome.timesteps))

    return type("Miscounts", (Pond,), {"one": one})


@pytest.mark.parametrize(
    ("count", "got"),
    [
        (lambda right: replace(right, validation=0), "0 for seed 0"),
        (lambda right: replace(right, training=float(right.training)), "20.0 for seed 0"),
        (lambda right: replace(right, validation=5), "validation=5)"),
        (lambda right: replace(right, training=20), "training=20"),
        (lambda right: replace(right, training=right.training + right.validation), "training=30"),
        (lambda right: replace(right, training=right.training + 1), "training=1,"),
    ],
)
def test_timesteps_are_counted(count, got):
    fails(miscounts(count), "timesteps-are-counted", got)


class GivesTooFewContexts(Pond):
    def contexts(self, step):
        return super().contexts(step)[:1]


class GivesOtherContexts(Pond):
    def contexts(self, step):
        return super().contexts(step) + 2


class CountsRows(Pond):
    def contexts(self, step):
        return np.arange(len(self.seeds)) // 2 % 2


class GivesContextsUndeclared(Lake):
    def contexts(self, step):
        return np.zeros(len(self.seeds))


@pytest.mark.parametrize(
    ("kind", "got"),
    [
        (GivesTooFewContexts, "[1]"),
        (GivesOtherContexts, "3"),
        (CountsRows, "1 in a batch of five, [0] alone"),
        (GivesContextsUndeclared, "[0. 0. 0. 0. 0.]"),
    ],
)
def test_contexts_are_declared(kind, got):
    fails(kind, "contexts-are-declared", got)


class WidensInTheEnd(Pond):
    def make_problem(self):
        high = 3.0 if self.validation == 4 else 2.0
        return super().make_problem(action_space=spaces.Box(0.0, high, (2,), np.float64))


class BreaksInTheEnd(Pond):
    def one(self, *arguments):
        outcome = super().one(*arguments)
        return replace(outcome, payoff=np.inf) if self.validation == 4 else outcome


class RefusesInTheEnd(Pond):
    def make_problem(self):
        if self.validation == 4:
            raise InputError("validation_episodes=4: too many")
        return super().make_problem()


@pytest.mark.parametrize(
    ("kind", "got"),
    [(WidensInTheEnd, "Box(0.0, 3.0"), (BreaksInTheEnd, "inf for seed 0"), (RefusesInTheEnd, "too many")],
)
def test_final_options(kind, got):
    fails(kind, "final-options", got)
