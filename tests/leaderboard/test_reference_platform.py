"""The reference platform of this repository: the image and the leaderboards name the same versions."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from toy_runs import Watcher, request

from policybench.harness.launch import launch
from policybench.leaderboard.platforms import read_platform

ROOT = Path(__file__).parents[2]
IMAGE = ROOT / ".ci" / "reference"


def project(path: Path) -> dict:
    return tomllib.loads((path / "pyproject.toml").read_text())["project"]


def locked() -> dict[str, str]:
    lines = (IMAGE / "requirements.lock").read_text().splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {name: version for name, version in pairs}  # noqa: C416 - refuses lines of another form


def test_the_leaderboards_rank_what_the_image_has():
    facts, versions = read_platform(ROOT / "leaderboards").facts, locked()
    for name in ("numpy", "numba", "torch"):
        assert versions[name] in facts[name]
    assert project(ROOT)["version"] in facts["policybench"]
    image = (IMAGE / "Containerfile").read_text()
    assert any(f"python:{python}." in image for python in facts["python"])


def test_the_image_has_all_that_our_distributions_ask_for():
    versions = locked()
    for path in (
        ROOT,
        *(path.parent for path in (ROOT / "plugins").glob("*/pyproject.toml") if path.parent.name != "ray"),
    ):
        for text in project(path)["dependencies"]:
            wanted = Requirement(text)
            if not wanted.name.startswith("policybench"):
                assert wanted.specifier.contains(versions[wanted.name]), f"{text} of {path.name}"


@pytest.mark.usefixtures("toy")
def test_the_script_judges_what_is_named_in_full_and_all_others_by_a_sample(tmp_path, toy_environ, cli):
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "verify-submissions").write_text((ROOT / ".ci" / "verify-submissions").read_text())
    for principal in ("random", "hill-climbing"):
        run = launch(request(tmp_path / "runs", seeds=5, steps=4, principal=principal), Watcher())
        assert cli("leaderboard", "add", run).returncode == 0
    assert cli("leaderboard", "build").returncode == 0

    def judge(*files):
        return subprocess.run(
            ["bash", ".ci/verify-submissions", *files],
            cwd=tmp_path,
            env=toy_environ,
            capture_output=True,
            text=True,
        )

    place = "leaderboards/submissions/toll-road/quick-5x4/"
    done = judge(f"{place}random.json")
    assert done.returncode == 0, done.stderr
    assert "random.json: verified: all 145 rows" in done.stdout
    assert "hill-climbing@policybench-toy.json: verified: all 20 rows" in done.stdout
    (tmp_path / place / "random.json").write_text("{}")
    assert judge(f"{place}random.json").returncode != 0
