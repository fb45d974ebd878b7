"""What tests of the checks share."""

from __future__ import annotations

import pytest

from policybench.plugins import Registry, registry
from policybench.testing.principals import cases

pytest.register_assert_rewrite("testing.failing")


@pytest.fixture
def only_the_toy(toy, monkeypatch):
    """Of the installed environments only the toy is played on, whatever else is installed."""
    environments = {"toll-road": registry().environment("toll-road")}
    monkeypatch.setattr(cases, "registry", lambda: Registry(environments=environments))
