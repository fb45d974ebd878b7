"""The conformance suite: what every principal and every environment must keep to, as tests.

In a plugin's own tests:

    @pytest.mark.parametrize("check", principal_checks("ucb"), ids=str)
    def test_conforms(check):
        check()

``policybench check-plugin NAME`` runs the same checks. ``docs/conformance.md`` has one section per check, which
``policybench check-plugin --explain CHECK`` prints.
"""

from policybench.testing.check import Check, ConformanceError
from policybench.testing.suite import environment_checks, principal_checks

__all__ = ["Check", "ConformanceError", "environment_checks", "principal_checks"]
