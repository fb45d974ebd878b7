"""The example trains, and what it leaves is a run whose rows are verified."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import policybench
from policybench.leaderboard.packing import pack
from policybench.leaderboard.verification import verify

EXAMPLE = Path(__file__).parents[1]


@pytest.fixture
def train():
    pytest.importorskip("stable_baselines3")
    spec = importlib.util.spec_from_file_location("train", EXAMPLE / "train.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_trains_on_harvest_and_its_rows_are_verified(train, tmp_path):
    done = CliRunner().invoke(train.main, ["--seeds", "2", "--steps", "3", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    [run] = policybench.load(tmp_path)
    assert (run.finished, run.manifest.external, run.manifest.principal.name) == (True, True, "sb3-sac")
    assert run.manifest.principal.options["gamma"] == 0.0
    assert len(run.final) == 2 * 25
    assert run.final.groupby("seed").action_0.nunique().tolist() == [1, 1]
    found = verify("file", pack(run.path), np.random.default_rng(0), 2, n_final=2, n_steps=2)
    assert (found.refuted, found.platform) == (False, [])


def test_the_page_shows_what_the_script_does():
    page, script = ((EXAMPLE / name).read_text(encoding="utf-8") for name in ("README.md", "train.py"))
    shown = page.partition("```python\n")[2].partition("```")[0]
    assert all(line in script for line in shown.splitlines())
