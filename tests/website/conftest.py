"""Leaderboards of small runs, and the site built with them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from toy_runs import Watcher, request, submit

from policybench import plugins
from policybench.harness.launch import launch


@pytest.fixture(scope="session")
def submissions(toy_site, tmp_path_factory):
    """A folder of leaderboards: two rows under one protocol, one under another."""
    folder = tmp_path_factory.mktemp("boards")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(toy_site))
        plugins.registry.cache_clear()
        for principal, steps in (("hill-climbing", 12), ("random", 12), ("random", 11)):
            run = launch(request(folder / "runs", seeds=5, steps=steps, principal=principal), Watcher())
            submit(run, folder / "leaderboards")
    plugins.registry.cache_clear()
    return folder / "leaderboards"


@pytest.fixture(scope="session")
def site(submissions, toy_site, tmp_path_factory):
    """The whole site, as it is published but for its leaderboards."""
    for module in ("mkdocs", "material", "mkdocstrings"):
        pytest.importorskip(module, reason="what website/requirements.txt lists is not installed")
    from website.places import ROOT

    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLICYBENCH_LEADERBOARDS", str(submissions))
        patch.setenv("PYTHONPATH", str(toy_site))
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
