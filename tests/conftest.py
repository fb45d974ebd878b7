"""The toy plugin, installed beside the project, and the command line as a user meets it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from command_line import call

from policybench import plugins

TOY = Path(__file__).parent / "toy_plugin"

# BenchMARL is no requirement of the tests; what is measured beside it imports it.
collect_ignore = [] if find_spec("benchmarl") else ["reference_ppo/benchmarl_ippo.py"]

Cli = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def toy_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the toy plugin is installed, the way pip leaves it."""
    project = tomllib.loads((TOY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    site = tmp_path_factory.mktemp("site")
    shutil.copy(TOY / "policybench_toy.py", site)
    info = site / f"policybench_toy-{project['version']}.dist-info"
    info.mkdir()
    about = {"Metadata-Version": "2.1", "Name": project["name"], "Version": project["version"]}
    (info / "METADATA").write_text("".join(f"{key}: {value}\n" for key, value in about.items()))
    points = project["entry-points"]["policybench"]
    lines = ["[policybench]", *(f"{name} = {module}" for name, module in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return site


@pytest.fixture
def toy(toy_site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The toy plugin is installed, for this process."""
    monkeypatch.syspath_prepend(str(toy_site))
    plugins.registry.cache_clear()
    yield
    plugins.registry.cache_clear()


@pytest.fixture
def toy_environ(toy_site: Path) -> dict[str, str]:
    """The toy plugin is installed, for processes with these environment variables."""
    before = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(toy_site), *([before] if before else [])])}


@pytest.fixture
def cli(toy: None, tmp_path: Path) -> Cli:
    """Calls ``policybench`` in this process, in a folder of its own."""
    return lambda *arguments: call(arguments, tmp_path)


@pytest.fixture
def process(toy_environ: dict[str, str], tmp_path: Path) -> Cli:
    """Runs ``policybench`` in a process of its own, in a folder of its own."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "policybench", *map(str, arguments)]
        return subprocess.run(
            command, env=toy_environ, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )

    return run


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, driven by Playwright; skips where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium is installed")
    with sync_api.sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
