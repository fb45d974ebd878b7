"""Reports of two finished runs, as they are and with markup in every free text."""

import json

import pytest
from toy_runs import Watcher, request

from policybench.harness.launch import launch
from policybench.report.build import build


@pytest.fixture
def evil():
    """What a page must show as text and nothing else."""
    return "<script>alert(1)</script>"


@pytest.fixture
def runs(tmp_path):
    return [
        launch(request(tmp_path / "runs", seeds=5, steps=12), Watcher()),
        launch(request(tmp_path / "runs", seeds=5, steps=12, principal="random"), Watcher()),
    ]


@pytest.fixture
def page(runs, tmp_path):
    return build([tmp_path / "runs"], tmp_path / "site", episodes=False)


@pytest.fixture
def hostile(evil, runs, tmp_path):
    """A finished run whose every free text is markup, with a transcript."""
    path = runs[0]
    manifest = json.loads((path / "manifest.json").read_text())
    manifest["principal"]["variant"] = evil
    manifest["principal"]["options"]["radius"] = evil
    manifest["machine"]["processor"] = evil
    manifest["environment"]["distribution"] = evil
    (path / "manifest.json").write_text(json.dumps(manifest))
    call = {
        "seed": 0,
        "step": 0,
        "attempt": 1,
        "model": evil,
        "answer": evil,
        "error": None,
        "usd": 0.5,
        evil: evil,
    }
    call["request"] = {"messages": [{"role": evil, "content": evil}]}
    (path / "transcript.jsonl").write_text(json.dumps(call) + "\n{torn\n[1]\n")
    return build([tmp_path / "runs"], tmp_path / "site", episodes=False)
