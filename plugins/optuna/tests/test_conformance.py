"""The conformance suite: what every principal must keep to."""

import pytest

from policybench.testing import principal_checks

_NAMES = ["gp-bo", "optuna-gp", "tpe", "cma-es", "sobol"]


@pytest.mark.parametrize(
    "check", [pytest.param(check, id=f"{name}-{check}") for name in _NAMES for check in principal_checks(name)]
)
def test_conforms(check):
    check()
