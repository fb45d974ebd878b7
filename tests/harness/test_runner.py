"""Runs in this process: what they leave behind, how they resume, and what breaks a contract."""

from __future__ import annotations

import numpy as np
import pytest
from toy_runs import Watcher, log, request

from policybench import InputError, Outcome, Timesteps, plugins
from policybench.errors import ContractError
from policybench.harness.launch import launch
from policybench.protocol import make_protocol
from policybench.store import load_run

pytestmark = pytest.mark.usefixtures("toy")


def test_a_run_leaves_what_it_did(tmp_path):
    watcher = Watcher()
    path = launch(request(tmp_path), watcher)
    assert path == tmp_path / "toll-road" / "hill-climbing" / "quick-3x8"
    assert watcher.begun == (0, 8)
    stored = load_run(path)
    assert stored.manifest.status == "finished"
    assert [(row.step, row.seed) for row in stored.steps] == [
        (step, seed) for step in range(8) for seed in range(3)
    ]
    assert watcher.payoffs[5] == ([row.payoff for row in stored.steps[15:18]], 3 * 40)
    assert all(row.timesteps.training == 39 and row.timesteps.validation == 1 for row in stored.steps)
    assert sorted({row.step for row in stored.final}) == list(range(8, 33))
    for seed in range(3):
        own = [row for row in stored.steps if row.seed == seed]
        best = max(own, key=lambda row: row.payoff).action
        assert [row.action for row in stored.final if row.seed == seed] == [best] * 25


@pytest.mark.parametrize("stop_after", [1, 5, 8])
def test_an_interrupted_run_ends_like_one_that_was_not(tmp_path, stop_after):
    whole = launch(request(tmp_path / "whole"), Watcher())
    with pytest.raises(KeyboardInterrupt):
        launch(request(tmp_path / "parts"), Watcher(stop_after))
    watcher = Watcher()
    parts = launch(request(tmp_path / "parts"), watcher)
    assert watcher.begun == (stop_after, 8)
    assert log(parts) == log(whole)
    assert (parts / "final.jsonl").read_bytes() == (whole / "final.jsonl").read_bytes()


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_neither_workers_nor_other_seeds_change_a_seed(tmp_path, workers):
    alone = launch(request(tmp_path / "alone", seeds=1, workers=1), Watcher())
    among = launch(request(tmp_path / "among", seeds=5, workers=workers), Watcher())
    assert [row for row in log(among) if row["seed"] == 0] == log(alone)


def test_a_finished_run_is_only_found_again(tmp_path):
    path = launch(request(tmp_path), Watcher())
    before = (path / "steps.jsonl").read_bytes()
    watcher = Watcher()
    assert launch(request(tmp_path), watcher) == path
    assert watcher.begun is None
    assert (path / "steps.jsonl").read_bytes() == before
    launch(request(tmp_path), watcher, fresh=True)
    assert watcher.begun == (0, 8)


def test_options_and_protocols_have_folders_of_their_own(tmp_path):
    paths = {
        launch(request(tmp_path, **changes), Watcher())
        for changes in (
            {},
            {"principal_options": ["radius=0.5"]},
            {"environment_options": ["days=10"]},
            {"protocol": make_protocol("smoke")},
        )
    }
    assert {str(path.relative_to(tmp_path)) for path in paths} == {
        "toll-road/hill-climbing/quick-3x8",
        "toll-road/hill-climbing-radius=0.5/quick-3x8",
        "toll-road-days=10/hill-climbing/quick-3x8",
        "toll-road/hill-climbing/smoke",
    }


def test_a_run_is_not_continued_by_another_version(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        launch(request(tmp_path), Watcher(stop_after=2))
    manifest = tmp_path / "toll-road" / "hill-climbing" / "quick-3x8" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"version": "0.3.0"', '"version": "0.2.0"'))
    with pytest.raises(InputError, match=r"begun with another principal \(version was '0.2.0', is '0.3.0'\)"):
        launch(request(tmp_path), Watcher())


def broken(monkeypatch, kind, method, replacement):
    name = {"principals": "hill-climbing", "environments": "toll-road"}[kind]
    monkeypatch.setattr(getattr(plugins.registry(), kind)[name].spec.load(), method, replacement)


@pytest.mark.parametrize(
    ("kind", "method", "replacement", "message"),
    [
        (
            "principals",
            "ask",
            lambda self, context: np.array([2.5]),
            r"hill-climbing' \(policybench-toy 0.3.0\) chose",
        ),
        ("principals", "ask", lambda self, context: np.array([np.nan]), "which is not in Box"),
        ("principals", "ask", lambda self, context: np.array([1.0, 1.0]), "which is not in Box"),
        (
            "environments",
            "evaluate",
            lambda self, step, actions, gradient=False: [Outcome(np.nan, Timesteps(1, 1)) for _ in actions],
            "payoff nan for seed 0",
        ),
        ("environments", "evaluate", lambda self, step, actions, gradient=False: [], "0 outcomes for 3 seeds"),
    ],
)
def test_broken_contracts_are_named(tmp_path, monkeypatch, kind, method, replacement, message):
    broken(monkeypatch, kind, method, replacement)
    with pytest.raises(ContractError, match=message):
        launch(request(tmp_path), Watcher())


def test_a_principal_that_needs_a_gradient_is_refused_where_there_is_none(tmp_path, monkeypatch):
    broken(monkeypatch, "principals", "needs_gradient", True)
    with pytest.raises(InputError, match="needs the gradient of the payoff, which --env toll-road cannot give"):
        launch(request(tmp_path), Watcher())
    assert not list(tmp_path.iterdir())


def test_recommendations_are_evaluated_with_the_final_options(tmp_path, monkeypatch):
    spec = plugins.registry().environments["toll-road"].spec
    object.__setattr__(spec, "final_options", {"days": 10})
    stored = load_run(launch(request(tmp_path), Watcher()))
    assert {row.timesteps.training for row in stored.steps} == {39}
    assert {row.timesteps.training for row in stored.final} == {9}
    assert stored.manifest.protocol.final_options == {"days": 10}
