"""The conformance suite: what every environment must keep to; with little learning."""

import pytest

from policybench.testing import environment_checks

_OPTIONS = [("escape-room", {}), ("cer", {"followers": "independent"}), ("cer", {"followers": "shared"})]


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(check, id="-".join([name, *options.values(), str(check)]))
        for name, options in _OPTIONS
        for check in environment_checks(name, **options, training_episodes=20)
    ],
)
def test_conforms(check):
    check()
