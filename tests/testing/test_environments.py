"""Every check of environments passes good ones, and fails exactly the one that is broken in its way."""

from __future__ import annotations

import math
import random
import re
import subprocess
import sys
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from gymnasium import spaces
from testing.good import HashOrder, Lake, Pond, environment, failures

from policybench import InputError, Reference
from policybench.streams import generator
from policybench.testing import environment_checks


@pytest.mark.parametrize("kind", [Pond, Lake])
def test_good_environments_pass(kind):
    assert failures(environment_checks(environment(kind))) == {}
    assert failures(environment_checks(environment(kind), training_episodes=0)) == {}


def test_an_installed_environment_by_its_name_and_options(toy):
    assert failures(environment_checks("toll-road", days=5)) == {}
    with pytest.raises(InputError, match="Did you mean 'toll-road'"):
        environment_checks("tol-road")


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


class DrawsFromTheGlobalGenerator(Pond):
    def weather(self, seed, step):
        return np.random.default_rng([np.random.get_state()[1][0], seed, step]).normal()


def test_determinism():
    fails(DrawsFromTheGlobalGenerator, "determinism", "for seed 0")


class SeedsTheGlobalGenerator(Pond):
    """The same luck alone, whatever the generator was; beside another thread that of both."""

    def weather(self, seed, step):
        np.random.seed(1000 * step + seed)
        return np.random.normal()


class ShufflesByPython(Pond):
    def weather(self, seed, step):
        random.shuffle([1, 2, 3])
        return super().weather(seed, step)


@pytest.mark.parametrize(("kind", "got"), [(SeedsTheGlobalGenerator, "NumPy"), (ShufflesByPython, "Python")])
def test_global_generators_are_left_alone(kind, got):
    fails(kind, "global-generators-are-left-alone", got)


def test_other_processes():
    checks = [check for check in environment_checks(environment(HashOrder)) if check.name == "other-processes"]
    error = failures(checks, left_out=())["other-processes"]
    assert re.search("PYTHONHASHSEED=(262|390) finds the same outcomes", error.expected)
    assert "payoff" in error.got
    good = [check for check in environment_checks(environment(Lake)) if check.name == "other-processes"]
    assert failures(good, left_out=()) == {}


def test_a_factory_that_another_process_cannot_import_is_not_tried_there():
    class Local(Lake):
        pass

    checks = [check for check in environment_checks(environment(Local)) if check.name == "other-processes"]
    assert failures(checks, left_out=()) == {}


class Remembers(Pond):
    """Its anglers go on learning from one evaluation to the next."""

    experience = 0

    def evaluate(self, step, actions, *, gradient=False):
        outcomes = super().evaluate(step, actions, gradient=gradient)
        self.experience += 1
        return outcomes

    def weather(self, seed, step):
        return super().weather(seed, step) + 0.01 * (self.experience == 2)


def test_common_random_numbers():
    fails(Remembers, "common-random-numbers", "payoff")


class StopsTogether(Pond):
    """All anglers of the batch stop learning as soon as the first row's quota is high enough."""

    def evaluate(self, step, actions, *, gradient=False):
        outcomes = super().evaluate(step, actions, gradient=gradient)
        early = len(actions) == 5 and actions[0, 0] > 0.4
        return [replace(outcome, payoff=outcome.payoff - early) for outcome in outcomes]


def test_rows_are_independent():
    fails(StopsTogether, "rows-are-independent", "for seed 2")


class CountsPlaces(Pond):
    """A row's stream depends on its place in the batch."""

    def evaluate(self, step, actions, *, gradient=False):
        outcomes = super().evaluate(step, actions, gradient=gradient)
        shifts = [generator(place, step, "place").normal() for place in range(len(outcomes))]
        return [replace(each, payoff=each.payoff + shift) for each, shift in zip(outcomes, shifts, strict=True)]


def test_batch_of_one():
    fails(CountsPlaces, "batch-of-one", "for seed 1")


class SameWeatherForever(Lake):
    def weather(self, seed, step):
        return super().weather(seed, 0)


class SameWeatherEverywhere(Lake):
    def weather(self, seed, step):
        return super().weather(0, step)


@pytest.mark.parametrize("kind", [SameWeatherForever, SameWeatherEverywhere])
def test_seeds_and_steps_matter(kind):
    fails(kind, "seeds-and-steps-matter", "over steps")


class SharesABuffer(Pond):
    buffer = np.zeros(2)

    def one(self, seed, step, action, gradient):
        SharesABuffer.buffer = action
        time.sleep(0.01)
        return super().one(seed, step, SharesABuffer.buffer, gradient)


def test_threads():
    fails(SharesABuffer, "threads", "for seed")


class LosesTheAction(Pond):
    """What the action does gets lost; the gradient, which would notice, is not offered."""

    def make_problem(self, **changes):
        return super().make_problem(**({"has_gradient": False} | changes))

    def one(self, seed, step, action, gradient):
        return super().one(seed, step, np.zeros(2), gradient)


def test_actions_matter():
    fails(LosesTheAction, "actions-matter", "the same for 5 actions")
    assert failures(environment_checks(environment(LosesTheAction), training_episodes=0)) == {}


class LeavesAProcess(Pond):
    """An engine that nobody ends."""

    engine = None

    def prepare(self):
        self.engine = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
        )


class LeavesAThread(Pond):
    def prepare(self):
        self.engine = threading.Thread(target=time.sleep, args=(20,), name="engine")
        self.engine.start()


class EndsItsProcess(LeavesAProcess):
    def close(self):
        if self.engine is not None:
            self.engine.communicate()


def test_closing(monkeypatch):
    monkeypatch.setattr("policybench.testing.environments.leftovers._PATIENCE", 0.1)
    (check,) = [check for check in environment_checks(environment(LeavesAProcess)) if check.name == "closing"]
    assert "still there: process" in failures([check])["closing"].got
    (check,) = [check for check in environment_checks(environment(LeavesAThread)) if check.name == "closing"]
    assert "still there: thread engine" in failures([check])["closing"].got
    assert failures(environment_checks(environment(EndsItsProcess))) == {}


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


class NeedsAnEngine(Pond):
    def make_problem(self):
        raise InputError("the engine is not installed: pip install engine")


def test_what_cannot_be_made_is_said_and_no_failure():
    for check in environment_checks(environment(NeedsAnEngine)):
        with pytest.raises(InputError, match=r"^the engine is not installed: pip install engine$"):
            check()


def fails(kind, name, got, **more):
    failed = failures(environment_checks(environment(kind, **more)))
    assert list(failed) == [name], {each: str(error) for each, error in failed.items()}
    error = failed[name]
    assert got in error.got
    assert error.expected
    assert error.page == f"docs/conformance.md#{name}"
    assert f"policybench check-plugin --explain {name}" in str(error)
    return error
