"""Every check of principals passes good ones, fails those that play nothing, and lets them refuse a task."""

from __future__ import annotations

import pytest
from testing.good import Climber, Finisher, Searcher, failures, principal

from policybench import InputError, StopRunError
from policybench.testing import principal_checks

pytestmark = pytest.mark.usefixtures("only_the_toy")


@pytest.mark.parametrize("kind", [Searcher, Climber, Finisher])
def test_good_principals_pass(kind):
    assert failures(principal_checks(principal(kind))) == {}


def test_an_installed_principal_by_its_name_and_options():
    assert failures(principal_checks("hill-climbing", radius=0.5)) == {}
    with pytest.raises(InputError, match="Did you mean 'hill-climbing'"):
        principal_checks("hil-climbing")


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
