"""The conformance suite: what every principal must keep to."""

import pytest

from policybench.testing import principal_checks


@pytest.mark.parametrize("check", principal_checks("ai-economist"), ids=str)
def test_conforms(check):
    check()
