"""Principals that take contexts, recommendations or ``tell`` amiss."""

from __future__ import annotations

import pytest
from testing.failing import principal_fails as fails
from testing.good import Searcher, failures, principal

from policybench.testing import principal_checks

pytestmark = pytest.mark.usefixtures("only_the_toy")


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
