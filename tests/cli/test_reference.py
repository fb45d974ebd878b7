"""What was measured for hours is not lost because it cannot be written."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from policybench.cli import main

pytestmark = pytest.mark.usefixtures("toy")

MEASURE = ["policybench", "reference", "--env", "toll-road", "--candidates", "4", "--repeats", "8"]


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
