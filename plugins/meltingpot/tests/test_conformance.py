"""The conformance suite: what every environment must keep to; on the real engine, with tiny episodes."""

import pytest

from policybench.testing import environment_checks
from policybench_meltingpot import engine

pytestmark = pytest.mark.skipif(
    not engine.is_installed(), reason="Melting Pot is not installed (README of policybench-meltingpot)"
)

_SMALL = {"episode_steps": 10, "downscale": 8, "hidden": 16}


# An episode begins with an engine that is built anew, which takes a second, so not every check is made each time:
# these would notice if the engine did not keep to the interface. The slow test makes all.
_ENGINE = {"problem-is-complete", "outcomes-are-declared"}


_CHECKS = {check.name: check for check in environment_checks("meltingpot-harvest", training_episodes=0, **_SMALL)}


@pytest.mark.parametrize("name", sorted(_ENGINE))
def test_harvest_conforms(name):
    _CHECKS[name]()


@pytest.mark.slow
@pytest.mark.parametrize(
    "check",
    [
        pytest.param(check, id=f"{name}-{check}")
        for name in ("meltingpot-harvest", "meltingpot-cleanup")
        for check in environment_checks(name, training_episodes=1, **_SMALL)
    ],
)
def test_both_conform_while_followers_learn(check):
    check()
