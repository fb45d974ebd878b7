"""The conformance suite: what every environment and every principal must keep to; with short episodes."""

from __future__ import annotations

import pytest

from policybench.testing import environment_checks, principal_checks

_SHORT = {"episode_steps": 150, "training_episodes": 1, "validation_episodes": 1}


@pytest.mark.parametrize("check", environment_checks("gather-trade-build", **_SHORT), ids=str)
def test_the_environment_conforms(check):
    check()


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(check, id=f"{name}-{check}")
        for name in ("free-market", "us-federal", "saez")
        for check in principal_checks(name)
    ],
)
def test_a_principal_conforms(check):
    check()
