"""The conformance suite: what every environment and every principal must keep to; with short episodes."""

from __future__ import annotations

import pytest

from policybench.testing import environment_checks, principal_checks

_SHORT = {"episode_steps": 150, "training_episodes": 1, "validation_episodes": 1}


@pytest.mark.parametrize("check", environment_checks("gather-trade-build", **_SHORT), ids=str)
def test_the_environment_conforms(check):
    check()
