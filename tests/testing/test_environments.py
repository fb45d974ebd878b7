"""Every check of environments passes good ones; what cannot be made is no failure."""

from __future__ import annotations

import pytest
from testing.good import Lake, Pond, environment, failures

from policybench import InputError
from policybench.testing import environment_checks


@pytest.mark.parametrize("kind", [Pond, Lake])
def test_good_environments_pass(kind):
    assert failures(environment_checks(environment(kind))) == {}
    assert failures(environment_checks(environment(kind), training_episodes=0)) == {}


def test_an_installed_environment_by_its_name_and_options(toy):
    assert failures(environment_checks("toll-road", days=5)) == {}
    with pytest.raises(InputError, match="Did you mean 'toll-road'"):
        environment_checks("tol-road")


class NeedsAnEngine(Pond):
    def make_problem(self):
        raise InputError("the engine is not installed: pip install engine")


def test_what_cannot_be_made_is_said_and_no_failure():
    for check in environment_checks(environment(NeedsAnEngine)):
        with pytest.raises(InputError, match=r"^the engine is not installed: pip install engine$"):
            check()
