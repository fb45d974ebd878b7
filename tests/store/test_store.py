"""Damage on disk: a torn last line is nobody's fault, everything else is named with file and line."""

from __future__ import annotations

import errno
import json
import os
import platform
import shutil
import sys
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
from toy_runs import Watcher, log, request

from policybench import InputError, plugins
from policybench.analysis.summary import summarise
from policybench.cli.tables import as_json
from policybench.harness.launch import launch
from policybench.store import RunFolder, find_runs, load_run, load_runs

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


def test_a_checkpoint_in_which_one_bit_has_changed_is_refused(begun, tmp_path):
    path = begun / "checkpoint"
    content = path.read_bytes()
    for place in (0, 40, len(content) // 2, len(content) - 1):
        changed = bytearray(content)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(InputError, match="checkpoint: damaged: its digest does not fit"):
            launch(request(tmp_path), Watcher())


@pytest.mark.parametrize("left", ["steps.jsonl", "checkpoint", "transcript.jsonl"])
def test_without_its_manifest_nothing_of_a_run_is_removed(begun, tmp_path, left):
    (begun / "manifest.json").unlink()
    for name in {"steps.jsonl", "checkpoint"} - {left}:
        (begun / name).unlink()
    if left == "transcript.jsonl":
        (begun / left).write_text("{}\n")
    before = (begun / left).read_bytes()
    with pytest.raises(InputError, match=rf"manifest.json: missing, although there is {left}; .*--fresh"):
        launch(request(tmp_path), Watcher())
    assert (begun / left).read_bytes() == before
    launch(request(tmp_path), Watcher(), fresh=True)
    assert load_run(begun).manifest.status == "finished"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda lines: lines[:3], "line 4: damaged: this run has 75 lines, here are 3"),
        (lambda lines: [], "line 1: damaged: this run has 75 lines, here are 0"),
        (
            lambda lines: lines + lines,
            "line 76: damaged: expected evaluation 25 of seed 0 after step 32, found evaluation 0",
        ),
        (
            lambda lines: lines[1::-1] + lines[2:],
            "line 1: damaged: expected evaluation 0 of seed 0 after step 7, found evaluation 0 of seed 1",
        ),
        (lambda lines: [line.replace('"step":8', '"step":7') for line in lines], "line 1: damaged: expected"),
    ],
)
def test_damaged_final_evaluations_are_refused(begun, tmp_path, change, reason):
    launch(request(tmp_path), Watcher())
    path = begun / "final.jsonl"
    path.write_text("".join(change(path.read_text().splitlines(keepends=True))))
    with pytest.raises(InputError, match=rf"final.jsonl, {reason}"):
        load_run(begun)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (f'"numpy": "{version("numpy")}"', '"numpy": "1.0.0"', r"numpy 1.0.0, here \d"),
        (f'"architecture": "{platform.machine()}"', '"architecture": "vax"', "architecture vax, here"),
        (f'"system": "{platform.system()}"', f'"system": "{"y" * 9000}"', r"system y{117}\.\.\., here"),
    ],
)
def test_a_run_is_not_continued_on_another_platform(begun, tmp_path, old, new, message):
    path = begun / "manifest.json"
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError, match=rf"begun on another platform \({message}.*--fresh"):
        launch(request(tmp_path), Watcher())


def test_a_finished_run_is_found_on_any_platform_and_where_nothing_can_be_written(begun, tmp_path, monkeypatch):
    launch(request(tmp_path), Watcher())
    path = begun / "manifest.json"
    path.write_text(path.read_text().replace(f'"numpy": "{version("numpy")}"', '"numpy": "1.0.0"'))
    monkeypatch.setattr("policybench.harness.launch.RunFolder", None)
    assert launch(request(tmp_path), Watcher()) == begun


def test_one_damaged_run_does_not_hide_the_others_and_copies_of_editors_are_no_runs(begun, tmp_path):
    other = launch(request(tmp_path, seeds=2), Watcher())
    shutil.copytree(other, other / ".ipynb_checkpoints" / "copy")
    (begun / "manifest.json").write_text("{")
    told = []
    [stored] = load_runs([tmp_path], told.append)
    assert stored.path == other
    [line] = told
    assert line.startswith(f"left out: {begun / 'manifest.json'}: damaged")
    assert find_runs(tmp_path) == [other, begun]
    (other / "steps.jsonl").write_text("{}\n")
    with pytest.raises(InputError, match="damaged"):
        load_runs([tmp_path], told.append)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other locks")
def test_where_files_cannot_be_locked_what_an_earlier_lock_left_does_not_block(begun, tmp_path, monkeypatch):
    import fcntl

    def no_locks(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    (begun / ".lock").touch()
    with RunFolder(begun), pytest.raises(InputError, match=r"in use by another process; .*remove \S+\.lock"):
        launch(request(tmp_path), Watcher())
    launch(request(tmp_path), Watcher())
    assert load_run(begun).manifest.status == "finished"


@pytest.mark.skipif(sys.platform != "linux", reason="looks up the names of open files")
def test_a_log_reaches_the_disk_before_the_checkpoint_that_counts_its_lines(tmp_path, monkeypatch):
    order = []
    fsync, replace = os.fsync, os.replace

    def sync(descriptor):
        order.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    def move(one, other):
        order.append(f"-> {Path(other).name}")
        replace(one, other)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", move)
    launch(request(tmp_path, steps=1), Watcher())
    new = ["checkpoint.new", "-> checkpoint", "quick-3x1"]
    assert order == [
        *("manifest.json.new", "-> manifest.json", "quick-3x1", "steps.jsonl", *new, "steps.jsonl"),
        *("final.jsonl.new", "-> final.jsonl", "quick-3x1", "manifest.json.new", "-> manifest.json", "quick-3x1"),
    ]


def test_references_without_a_distance_measure_no_score(tmp_path, monkeypatch):
    road = plugins.registry().environments["toll-road"].spec.load()
    init = road.__init__

    def same(self, seeds, **options):
        init(self, seeds, **options)
        self.problem = replace(self.problem, floor=self.problem.ceiling)

    monkeypatch.setattr(road, "__init__", same)
    summary = summarise(launch(request(tmp_path), Watcher()))
    json.loads(as_json([summary]), parse_constant=pytest.fail)
