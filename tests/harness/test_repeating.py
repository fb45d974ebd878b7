"""Steps beyond the checkpoint are repeated, and must be what the log says."""

from __future__ import annotations

import json

import numpy as np
import pytest
from toy_runs import Watcher, log, request

from policybench import InputError, plugins
from policybench.harness import checkpoints
from policybench.harness.launch import launch

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def killed(tmp_path):
    """What a run's folder holds if the run is killed after five steps: a log, and a checkpoint of the first."""
    whole = launch(request(tmp_path / "whole"), Watcher())
    with pytest.raises(KeyboardInterrupt):
        launch(request(tmp_path), Watcher(stop_after=1))
    path = tmp_path / "toll-road" / "hill-climbing" / "quick-3x8"
    lines = (whole / "steps.jsonl").read_text().splitlines(keepends=True)
    (path / "steps.jsonl").write_text("".join(lines[: 3 * 5]))
    return path


def test_the_log_is_kept_and_the_run_ends_like_one_that_was_not_killed(killed, tmp_path):
    whole, before = (
        tmp_path / "whole" / "toll-road" / "hill-climbing" / "quick-3x8",
        (killed / "steps.jsonl").read_bytes(),
    )
    watcher = Watcher()
    assert launch(request(tmp_path), watcher) == killed
    assert (watcher.begun, watcher.again) == ((5, 8), (4, 4))
    assert (killed / "steps.jsonl").read_bytes().startswith(before)
    assert log(killed) == log(whole)
    assert (killed / "final.jsonl").read_bytes() == (whole / "final.jsonl").read_bytes()


def test_without_a_checkpoint_all_is_repeated(killed, tmp_path):
    (killed / "checkpoint").unlink()
    watcher = Watcher()
    launch(request(tmp_path), watcher)
    assert watcher.again == (5, 5)
    assert log(killed) == log(tmp_path / "whole" / "toll-road" / "hill-climbing" / "quick-3x8")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [("payoff", -1.0, "'toll-road' pays -"), ("action", [0.25], r"\(policybench-toy 0.3.0\) chooses \[")],
)
def test_a_log_that_says_something_else_is_refused(killed, tmp_path, field, value, message):
    path = killed / "steps.jsonl"
    lines = path.read_text().splitlines()
    lines[10] = json.dumps({**json.loads(lines[10]), field: value})
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match=rf"steps.jsonl, line 11: .*{message}.*the log has .*--fresh"):
        launch(request(tmp_path), Watcher())
    assert path.read_text() == "\n".join(lines) + "\n"


def saves(monkeypatch):
    """After how many steps checkpoints are written."""
    from policybench.store import RunFolder, checkpoint

    found, save = [], RunFolder.save

    def count(self, content):
        found.append(checkpoint.load(content)[0])
        save(self, content)

    monkeypatch.setattr(RunFolder, "save", count)
    return found


def test_states_are_saved_at_the_first_and_the_last_step_and_when_time_has_passed(tmp_path, monkeypatch):
    found = saves(monkeypatch)
    launch(request(tmp_path / "quick"), Watcher())
    assert found == [1, 8]
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN", 0)
    launch(request(tmp_path / "slow"), Watcher())
    assert found == [1, 8, *range(1, 9)]


def test_large_states_are_written_seldom_and_when_a_run_is_interrupted(tmp_path, monkeypatch):
    found = saves(monkeypatch)
    climber = plugins.registry().principals["hill-climbing"].spec.load()
    state = climber.state_dict
    monkeypatch.setattr(climber, "state_dict", lambda self: {**state(self), "more": np.zeros(1000)})
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN", 0)
    monkeypatch.setattr(checkpoints, "MOST_BYTES", 55_000)
    launch(request(tmp_path / "whole"), Watcher())
    assert found == [4, 8]
    found.clear()
    with pytest.raises(KeyboardInterrupt):
        launch(request(tmp_path / "parts"), Watcher(stop_after=6))
    assert found == [4, 6]


def test_a_principal_that_keeps_files_of_its_own_is_saved_at_every_step(tmp_path, monkeypatch):
    found = saves(monkeypatch)
    climber = plugins.registry().principals["hill-climbing"].spec.load()
    monkeypatch.setattr(climber, "attach", lambda self, workspace: None)
    launch(request(tmp_path), Watcher())
    assert found == list(range(1, 9))
