"""Every check of principals passes good ones, and fails exactly the one that is broken in its way."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from testing.good import Climber, Finisher, Searcher, failures, principal

from policybench import InputError, StopRunError
from policybench.plugins import Registry, registry
from policybench.testing import ConformanceError, principal_checks
from policybench.testing.principals import cases, costs

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture(autouse=True)
def _only_the_toy(toy, monkeypatch):
    """Of the installed environments only the toy is played on, whatever else is installed."""
    environments = {"toll-road": registry().environment("toll-road")}
    monkeypatch.setattr(cases, "registry", lambda: Registry(environments=environments))


@pytest.mark.parametrize("kind", [Searcher, Climber, Finisher])
def test_good_principals_pass(kind):
    assert failures(principal_checks(principal(kind))) == {}


def test_an_installed_principal_by_its_name_and_options():
    assert failures(principal_checks("hill-climbing", radius=0.5)) == {}
    with pytest.raises(InputError, match="Did you mean 'hill-climbing'"):
        principal_checks("hil-climbing")


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


class RecommendsForTheLatestContext(Searcher):
    latest = ""

    def ask(self, context):
        self.latest = self.key(context)
        return super().ask(context)

    def recommend(self, context):
        return self.best[self.latest][0] if self.latest in self.best else super().recommend(context)

    def state_dict(self):
        return super().state_dict() | {"latest": self.latest}

    def load_state_dict(self, state):
        super().load_state_dict(state)
        self.latest = state["latest"]


def test_contexts_are_honoured():
    fails(RecommendsForTheLatestContext, "contexts-are-honoured", "a context out of three")


class NeedsAPayoff(Searcher):
    def recommend(self, context):
        return max(self.best.values(), key=lambda best: best[1])[0]


class KnowsItsContextsOnly(Searcher):
    def recommend(self, context):
        return (self.low + self.high) / 2 if not self.best else self.best[self.key(context)][0]


@pytest.mark.parametrize(
    ("kind", "got"), [(NeedsAPayoff, "ValueError: max()"), (KnowsItsContextsOnly, "KeyError")]
)
def test_recommend_at_any_time(kind, got):
    fails(kind, "recommend-at-any-time", got)


class CreditsTheContextOfTheRecommendation(Searcher):
    def recommend(self, context):
        if self.asked is not None:
            self.asked = (self.key(context), self.asked[1])
        return super().recommend(context)


def test_recommend_changes_nothing():
    fails(CreditsTheContextOfTheRecommendation, "recommend-changes-nothing", "and")


class LearnsFromWhatItRefuses(Searcher):
    def tell(self, action, outcome):
        try:
            super().tell(action, outcome)
        except ValueError:
            self.rng.random()
            raise


class IsLostAfterASlip(Searcher):
    lost = False

    def tell(self, action, outcome):
        if self.asked is None:
            self.lost = True
        else:
            super().tell(action, outcome)

    def draw(self):
        return self.high + 1 if self.lost else super().draw()


@pytest.mark.parametrize(
    ("kind", "got"),
    [
        (LearnsFromWhatItRefuses, "at comparison"),
        (IsLostAfterASlip, "one number"),
    ],
)
def test_tell_follows_ask(kind, got):
    fails(kind, "tell-follows-ask", got)


class TakesAnything(Searcher):
    """Learns from any pair of action and payoff, as many optimisers do."""

    def tell(self, action, outcome):
        self.best[self.asked[0] if self.asked else ""] = [action.copy(), outcome.payoff]
        self.asked = None


def test_who_takes_any_tell_passes():
    assert failures(principal_checks(principal(TakesAnything))) == {}


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


def test_writes_stay_in_the_folder(tmp_path):
    class Litters(Searcher):
        def tell(self, action, outcome):
            super().tell(action, outcome)
            with (tmp_path / "log").open("a") as file:
                file.write("told")

    class Hoards(Searcher):
        def attach(self, workspace):
            self.folder = workspace.folder

        def tell(self, action, outcome):
            super().tell(action, outcome)
            (self.folder / "mine.txt").write_text("told")

    class Records(Hoards):
        def tell(self, action, outcome):
            Searcher.tell(self, action, outcome)
            (self.folder / "transcript.jsonl").write_text("told")

    fails(Litters, "writes-stay-in-the-folder", str(tmp_path / "log"))
    fails(Hoards, "writes-stay-in-the-folder", "it left mine.txt")
    assert failures(principal_checks(principal(Records))) == {}


class Ponders(Searcher):
    def tell(self, action, outcome):
        super().tell(action, outcome)
        if len(self.low) == 1:
            sum(range(200_000))


def test_overhead(monkeypatch):
    monkeypatch.setattr(costs, "COST_LIMIT", 0.05)
    assert failures(principal_checks(principal(Searcher))) == {}
    fails(Ponders, "overhead", "units")


class NeverPlays(Searcher):
    def ask(self, context):
        raise RuntimeError("never")


def test_who_plays_nothing_fails_and_is_told_where_to_look():
    failed = failures(principal_checks(principal(NeverPlays)))
    assert len(failed) == len(principal_checks(principal(NeverPlays)))
    assert failed["every-shape"].got.startswith("RuntimeError: never (testing/test_principals.py:")
    assert "see the checks every-shape" in failed["resume"].got


class Refuses(Searcher):
    def __init__(self, problem, *, rng):
        raise InputError("-p size=... is missing")


class RefusesOnce(Searcher):
    def __init__(self, problem, *, rng):
        super().__init__(problem, rng=rng)
        if len(self.low) == 5:
            raise InputError("takes up to four numbers")


def test_a_task_may_be_refused_but_not_all_of_them():
    assert failures(principal_checks(principal(RefusesOnce))) == {}
    for check in principal_checks(principal(Refuses)):
        with pytest.raises(InputError, match=r"refuses refuses every task: -p size=\.\.\. is missing"):
            check()


class Waits(Searcher):
    def ask(self, context):
        raise StopRunError("the service does not answer")


def test_what_is_out_of_reach_is_no_failure():
    with pytest.raises(StopRunError, match="does not answer"):
        principal_checks(principal(Waits))[0]()


def fails(kind, name, got):
    failed = failures(principal_checks(principal(kind)))
    assert list(failed) == [name], {each: str(error) for each, error in failed.items()}
    error = failed[name]
    assert isinstance(error, ConformanceError)
    assert got in error.got
    assert error.expected
    assert error.page == f"docs/conformance.md#{name}"
    assert f"policybench check-plugin --explain {name}" in str(error)
    return error
