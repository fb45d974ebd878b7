"""Environments by name, as the command line makes them."""

from __future__ import annotations

import pytest

from policybench.plugins import registry


@pytest.fixture(scope="session")
def create():
    """Create an environment: ``create("cer", [0, 1], followers="shared")``."""
    return lambda name, seeds, **options: registry().environment(name).spec.create(seeds, **options)
