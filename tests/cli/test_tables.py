"""Tables never pass a payoff for a score."""

import json

import pytest
from toy_runs import Watcher, request

from policybench.analysis.summary import summarise
from policybench.cli.tables import as_table
from policybench.harness.launch import launch

pytestmark = pytest.mark.usefixtures("toy")


def test_payoffs_are_marked_where_there_are_no_scores(tmp_path):
    run = launch(request(tmp_path, seeds=2, steps=3), Watcher())
    scored = as_table([summarise(run)])
    assert "*" not in scored
    path = run / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["reference"] = {"floor": None, "ceiling": None}
    path.write_text(json.dumps(manifest))
    table = as_table([summarise(run)])
    assert "]*" in table
    assert "* A payoff" in table
    assert max(map(len, table.splitlines())) <= 80
