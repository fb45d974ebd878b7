"""Damage on disk: a torn last line is nobody's fault, everything else is named with file and line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from toy_runs import Watcher, log, request

from policybench import InputError
from policybench.harness.launch import launch
from policybench.store import load_run

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A run that was interrupted after five of eight steps of three seeds."""
    with pytest.raises(KeyboardInterrupt):
        launch(request(tmp_path), Watcher(stop_after=5))
    return tmp_path / "toll-road" / "hill-climbing" / "quick-3x8"


def edit_line(path: Path, number: int, change) -> None:
    lines = path.read_text().splitlines(keepends=True)
    lines[number - 1] = change(lines[number - 1])
    path.write_text("".join(lines))


@pytest.mark.parametrize("torn", ['{"step":5,"se', "", "not json at all"])
def test_a_torn_last_line_is_dropped(begun, tmp_path, torn):
    whole = launch(request(tmp_path / "whole"), Watcher())
    with (begun / "steps.jsonl").open("a") as file:
        file.write(torn)
    launch(request(tmp_path), Watcher())
    assert log(begun) == log(whole)


def test_lines_of_a_step_that_was_not_committed_are_done_again(begun, tmp_path):
    whole = launch(request(tmp_path / "whole"), Watcher())
    lines = (whole / "steps.jsonl").read_text().splitlines(keepends=True)
    with (begun / "steps.jsonl").open("a") as file:
        file.writelines(lines[15:17])
    launch(request(tmp_path), Watcher())
    assert log(begun) == log(whole)


def set_field(name, value):
    return lambda line: json.dumps({**json.loads(line), name: value}) + "\n"


@pytest.mark.parametrize(
    ("number", "change", "reason"),
    [
        (4, lambda line: line[:30] + "\n", "Invalid JSON"),
        (1, lambda line: "\n", "Invalid JSON"),
        (7, lambda line: line.replace('"payoff":', '"pay":'), "payoff: Field required"),
        (9, set_field("payoff", "much"), "payoff: Input should be a valid number"),
        (9, lambda line: line.replace('"payoff":-', '"payoff":NaN,"x":-'), "line 9"),
        (2, set_field("seed", 2), "expected step 0 of seed 1, found step 0 of seed 2"),
        (6, lambda line: "", "line 6: damaged: expected step 1 of seed 2, found step 2 of seed 0"),
        (15, lambda line: "", "line 15: missing"),
        (15, lambda line: line.rstrip("\n"), "line 15: missing"),
    ],
)
def test_a_damaged_log_names_file_and_line(begun, tmp_path, number, change, reason):
    edit_line(begun / "steps.jsonl", number, change)
    before = (begun / "steps.jsonl").read_bytes()
    with pytest.raises(InputError) as caught:
        launch(request(tmp_path), Watcher())
    assert str(begun / "steps.jsonl") in str(caught.value)
    assert f"line {number}" in str(caught.value)
    assert reason in str(caught.value)
    assert (begun / "steps.jsonl").read_bytes() == before


@pytest.mark.parametrize("name", ["checkpoint", "manifest.json"])
def test_other_damaged_files_are_named(begun, tmp_path, name):
    content = (begun / name).read_bytes()
    (begun / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=name):
        launch(request(tmp_path), Watcher())


def test_fresh_starts_over_from_any_damage(begun, tmp_path):
    for name in ("checkpoint", "manifest.json", "steps.jsonl"):
        (begun / name).write_bytes(b"\0rubbish")
    launch(request(tmp_path), Watcher(), fresh=True)
    assert load_run(begun).manifest.status == "finished"


def test_a_finished_run_is_whole(begun, tmp_path):
    launch(request(tmp_path), Watcher())
    log = begun / "steps.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    for kept in (1, len(lines) - 1):
        log.write_bytes(b"".join(lines[:kept]))
        with pytest.raises(
            InputError, match=rf"steps.jsonl, line {kept + 1}: damaged: a finished run has 24 lines"
        ):
            load_run(begun)


def test_where_there_is_no_run_it_says_so(tmp_path):
    with pytest.raises(InputError, match="no run here"):
        load_run(tmp_path)
