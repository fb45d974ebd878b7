"""The conformance suite: what every environment must keep to; with short episodes and little learning."""

import pytest

from policybench.testing import environment_checks


@pytest.mark.parametrize("check", environment_checks("cleanup", episode_steps=50, training_episodes=1), ids=str)
def test_conforms(check):
    check()
