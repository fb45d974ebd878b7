"""What was measured for hours is not lost because it cannot be written, or because the command was interrupted."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from policybench.cli import main

pytestmark = pytest.mark.usefixtures("toy")

MEASURE = ["policybench", "reference", "--env", "toll-road", "--candidates", "4", "--repeats", "8"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def status(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", [*MEASURE, *map(str, arguments)])
    try:
        main()
    except SystemExit as ended:
        return ended.code
    return 0


@pytest.mark.parametrize("place", ["missing/file.json", "file/below.json"])
def test_a_place_that_cannot_be_written_is_refused_before_measuring(monkeypatch, tmp_path, capsys, place):
    (tmp_path / "file").touch()
    assert status(monkeypatch, "-o", tmp_path / place) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    [line] = shown.err.splitlines()
    assert f"-o {tmp_path / place}: cannot be written: N" in line


def test_a_result_that_cannot_be_written_is_printed(monkeypatch, tmp_path, capsys):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    assert status(monkeypatch, "-o", tmp_path / "reference.json") == 2
    shown = capsys.readouterr()
    assert json.loads(shown.out)["ceiling"]["payoff"] > -3
    assert "No space left on device; the result is printed instead" in shown.err


def test_a_result_is_written(monkeypatch, tmp_path, capsys):
    output = tmp_path / "reference.json"
    assert status(monkeypatch, "-o", output) == 0
    assert json.loads(output.read_text())["floor"]["payoff"] < -1
    assert capsys.readouterr().out == ""


BATCHES = Path("references/toll-road-delay=0.01/batches.jsonl")


def test_sigkill_at_random_moments_loses_nothing(toy_environ, tmp_path):
    command = [sys.executable, "-m", *MEASURE, "-e", "delay=0.01", "--seeds", "2"]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir()
    expected = subprocess.run(
        command, cwd=whole, env=toy_environ, check=True, capture_output=True, timeout=120
    ).stdout
    rng, sizes = random.Random(3), []
    for _ in range(3):
        process = subprocess.Popen(
            command, cwd=broken, env=toy_environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        before, deadline = len(batches(broken)), time.monotonic() + 60
        while len(batches(broken)) <= before:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.1))
        process.kill()
        process.communicate()
        sizes.append(len(batches(broken)))
    assert 0 < sizes[0] < sizes[1] < sizes[2] < len(batches(whole))
    with (broken / BATCHES).open("ab") as file:
        file.write(b'{"step": 7, "act')
    done = subprocess.run(command, cwd=broken, env=toy_environ, check=True, capture_output=True, timeout=120)
    assert done.stdout == expected
    assert batches(broken) == batches(whole)


def batches(folder):
    return (folder / BATCHES).read_bytes() if (folder / BATCHES).exists() else b""


def test_a_larger_limit_evaluates_only_what_is_missing(monkeypatch, capsys):
    kept = Path("references/toll-road/batches.jsonl")
    assert status(monkeypatch, "--most", 40) == 0
    first = capsys.readouterr().out
    lines = kept.read_bytes().splitlines()
    assert status(monkeypatch, "--most", 40) == 0
    again = capsys.readouterr()
    assert again.out == first
    assert f"toll-road has {len(lines)} batches from before; --fresh evaluates them again" in again.err
    assert kept.read_bytes().splitlines() == lines
    assert status(monkeypatch, "--most", 200) == 0
    assert kept.read_bytes().splitlines()[: len(lines)] == lines
    assert len(set(kept.read_bytes().splitlines())) == len(kept.read_bytes().splitlines()) > len(lines)
    together = capsys.readouterr().out
    shutil.rmtree("references")
    assert status(monkeypatch, "--most", 200) == 0
    assert capsys.readouterr().out == together


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "measurement.json").unlink(), "measurement.json: missing, although there is"),
        (lambda folder: (folder / "measurement.json").write_text("{"), "measurement.json: damaged: "),
        (lambda folder: (folder / "batches.jsonl").write_text("{}\n"), "batches.jsonl, line 1: damaged: "),
        (
            lambda folder: change(folder / "measurement.json", lambda content: content["seeds"].pop()),
            "was measured with another version or other --seeds; --fresh starts over",
        ),
        (
            lambda folder: change(
                folder / "measurement.json", lambda content: content["machine"].update(system="Plan 9")
            ),
            "was begun on another platform (system Plan 9, here ",
        ),
    ],
)
def test_what_cannot_be_continued_is_refused_in_one_line(monkeypatch, capsys, spoil, message):
    assert status(monkeypatch) == 0
    first = capsys.readouterr().out
    spoil(Path("references/toll-road"))
    assert status(monkeypatch) == 2
    [line] = [line for line in capsys.readouterr().err.splitlines() if line.startswith("policybench:")]
    assert message in line
    assert status(monkeypatch, "--fresh") == 0
    assert capsys.readouterr().out == first


def change(file, edit):
    content = json.loads(file.read_text())
    edit(content)
    file.write_text(json.dumps(content))


def test_what_pays_no_number_is_refused_in_one_line(monkeypatch, capsys):
    import policybench_toy

    outcome = policybench_toy.Outcome
    monkeypatch.setattr(policybench_toy, "Outcome", lambda payoff, *rest: outcome(float("nan"), *rest))
    assert status(monkeypatch) != 0
    [line] = [line for line in capsys.readouterr().err.splitlines() if line.startswith("policybench:")]
    assert "the environment returned the payoff nan for seed 0 at step" in line
