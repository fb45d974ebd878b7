"""The conformance suite: what every environment must keep to; on the real engine, with tiny episodes."""

import pytest

from policybench.testing import environment_checks
from policybench_meltingpot import engine

_SMALL = {"training_episodes": 1, "episode_steps": 10, "downscale": 8, "hidden": 16}


@pytest.mark.skipif(
    not engine.is_installed(), reason="Melting Pot is not installed (README of policybench-meltingpot)"
)
@pytest.mark.parametrize(
    "check",
    [
        pytest.param(check, id=f"{name}-{check}")
        for name in ("meltingpot-harvest", "meltingpot-cleanup")
        for check in environment_checks(name, **_SMALL)
    ],
)
def test_conforms(check):
    check()
