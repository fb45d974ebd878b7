"""Benchmarks run in a process of their own; beside other tests they would measure those, too."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the benchmarks in the workers of pytest-xdist."""
    if hasattr(config, "workerinput"):
        for item in items:
            if item.path.is_relative_to(HERE):
                item.add_marker(pytest.mark.skip(reason="run alone: pytest tests/performance"))
