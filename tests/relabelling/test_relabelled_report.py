"""Reports of relabelled runs show what the environment made of the actions."""

from __future__ import annotations

import numpy as np
import pytest
from relabelling import uneven
from toy_runs import Watcher, request

from policybench.harness.launch import launch
from policybench.plugins import Plugin, registry
from policybench.report.build import build


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setitem(registry().environments, "uneven", Plugin(uneven.SPEC, "policybench-uneven", "1.0"))
    changes = {"principal": "fixed", "environment": "uneven", "environment_options": ["relabel=3"]}
    action = ",".join(str(value) for value in np.maximum(uneven.LOW, 1.0))
    return launch(request(tmp_path / "runs", **changes, principal_options=[f"action={action}"]), Watcher())


def page(run, tmp_path):
    return build([run], tmp_path / "site", episodes=False).read_text()


def test_a_report_translates_actions_and_names_the_environments_own_numbers(run, tmp_path):
    text = page(run, tmp_path)
    assert "what the environment made of them" in text
    assert "<h4>toll</h4>" in text
    assert "minus the toll" not in text


def test_without_the_environment_actions_are_shown_as_they_were_set(run, tmp_path, monkeypatch):
    monkeypatch.delitem(registry().environments, "uneven")
    text = page(run, tmp_path)
    assert "they cannot be translated" in text
    assert "<h4>" not in text
