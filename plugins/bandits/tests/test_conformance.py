"""The conformance suite: what every principal must keep to."""

import pytest

from policybench.testing import principal_checks

_OPTIONS = {"ucb": {}, "epsilon-greedy": {}, "thompson": {}, "random": {}, "fixed": {"action": (0.25,)}}


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(check, id=f"{name}-{check}")
        for name, options in _OPTIONS.items()
        for check in principal_checks(name, **options)
    ],
)
def test_conforms(check):
    check()
