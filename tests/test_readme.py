"""The plugin that the README shows is complete: installed as it stands there, it runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def block(language: str) -> str:
    [text] = re.findall(
        rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return text


def test_the_plugin_of_the_readme_installs_and_runs(toy_site, tmp_path):
    source = block("python")
    assert len(source.splitlines()) < 45
    project, site = tmp_path / "project", tmp_path / "site"
    project.mkdir()
    (project / "policybench_annealing.py").write_text(source)
    (project / "pyproject.toml").write_text(block("toml"))
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target"]
    subprocess.run([*pip, site, project], check=True)
    environ = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{toy_site}"}
    run = [sys.executable, "-m", "policybench", "run", "--principal", "annealing", "--env", "toll-road"]
    options = ["-p", "radius=0.2", "--seeds", "2", "--steps", "10", "--quiet"]
    table = subprocess.check_output([*run, *options], env=environ, cwd=tmp_path, text=True)
    assert "annealing-radius=0.2" in table
