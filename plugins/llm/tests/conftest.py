"""The test environment, runs of the principal, and real servers on loopback: a real model, and a faulty one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import anthropic
import numpy as np
import openai
import pytest
from faulty_batches import FaultyBatches
from faulty_server import FaultyServer
from pytest_httpserver import HTTPServer

import policybench.cli
from policybench import plugins
from policybench.harness.launch import Request as RunRequest
from policybench.harness.launch import launch
from policybench.protocol import make_protocol
from policybench_llm import batch_waiting
from policybench_llm import batches as batch_calls
from policybench_llm.local_model import LocalModel

KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "GEMINI_API_KEY")
ENDPOINTS = ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL")


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch):
    for name in KEYS + ENDPOINTS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def local_model() -> Iterator[LocalModel]:
    model = LocalModel(None)
    yield model
    model.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """A folder in which the test environment is installed, the way pip leaves it."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(Path(__file__).parent / "parabola.py", folder / "policybench_parabola.py")
    info = folder / "policybench_parabola-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: policybench-parabola\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[policybench]\nparabola = policybench_parabola\n")
    return folder


@pytest.fixture
def parabola(site, monkeypatch):
    """The test environment is installed, for this process; its class."""
    monkeypatch.syspath_prepend(str(site))
    plugins.registry.cache_clear()
    from policybench_parabola import Parabola

    yield Parabola
    plugins.registry.cache_clear()


@pytest.fixture
def make_llm(parabola):
    """Makes the principal for one seed, without a run around it."""

    def make(*, contexts=False, **options):
        problem = parabola([0], contexts=contexts).problem
        spec = plugins.registry().principal("llm").spec
        return spec.create(problem, rng=np.random.default_rng(0), **options)

    return make


class Watcher:
    """Watches a run, and may interrupt it after some steps."""

    def __init__(self, interrupt_after: int | None = None) -> None:
        self.interrupt_after, self.steps = interrupt_after, 0

    def begin(self, payoffs, steps):
        pass

    def repeated(self, done, number):
        pass

    def step(self, payoffs, timesteps):
        self.steps += 1
        if self.steps == self.interrupt_after:
            raise KeyboardInterrupt

    def recommended(self, done, number):
        pass


@pytest.fixture
def run(parabola, tmp_path) -> Callable[..., Path]:
    """Runs the principal in this process, on the test environment or another, and gives the run's folder.

    Of an option that is given twice the second value counts.
    """

    def start(
        *options, environment="parabola", seeds=2, steps=3, env=(), out="runs", interrupt_after=None, fresh=False
    ):
        request = RunRequest(
            "llm",
            environment,
            make_protocol("quick", seeds, steps),
            principal_options=list({option.partition("=")[0]: option for option in options}.values()),
            environment_options=env,
            out=tmp_path / out,
            workers=1,
        )
        return launch(request, Watcher(interrupt_after), fresh=fresh)

    return start


@pytest.fixture
def cli(site, tmp_path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs ``policybench`` in a process of its own."""

    def start(*arguments, timeout=120, **environ):
        return subprocess.run(
            [sys.executable, "-m", "policybench", *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(site), **environ},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return start


@pytest.fixture
def main(parabola, monkeypatch, capfd) -> Callable[..., tuple[int, str, str]]:
    """Runs the command line in this process: its exit status and what it wrote."""

    def start(*arguments):
        monkeypatch.setattr("sys.argv", ["policybench", *map(str, arguments)])
        monkeypatch.setattr("warnings.showwarning", None)  # the command line sets one of its own
        try:
            policybench.cli.main()
            status = 0
        except SystemExit as end:
            status = end.code
        return status, *capfd.readouterr()

    return start


class Read:
    """Reads a run's files."""

    @staticmethod
    def lines(path: Path) -> list[dict]:
        return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]

    @staticmethod
    def only_run(root: Path) -> Path:
        """The folder of the only run below a folder, finished or not."""
        [manifest] = root.rglob("manifest.json")
        return manifest.parent

    def transcript(self, run: Path) -> list[dict]:
        return [line for line in self.lines(run / "transcript.jsonl") if "token" not in line]

    def notes_on_batches(self, run: Path) -> list[dict]:
        return [line for line in self.lines(run / "transcript.jsonl") if "token" in line]

    def steps(self, run: Path) -> list[dict]:
        """The step log without its wall-clock field."""
        rows = self.lines(run / "steps.jsonl")
        for row in rows:
            del row["seconds"]
        return rows


@pytest.fixture
def read() -> Read:
    return Read()


@pytest.fixture(scope="session")
def make_httpserver() -> Iterator[HTTPServer]:
    """The library's server, with a thread a request: a slow answer must not keep others waiting."""
    server = HTTPServer(threaded=True)
    server.start()
    yield server
    server.clear()
    if server.is_running():
        server.stop()


@pytest.fixture(params=["openai", "anthropic"])
def server(request, httpserver) -> FaultyServer:
    """The faulty server, once for each protocol."""
    return FaultyServer(httpserver, request.param)


@pytest.fixture
def server_of(httpserver) -> Callable[[str], FaultyServer]:
    """The faulty server with a protocol of the test's choice."""
    return lambda sdk: FaultyServer(httpserver, sdk)


@pytest.fixture
def impatient(monkeypatch):
    """Batches are asked for at once, again and again."""
    monkeypatch.setattr(batch_waiting, "SHORTEST", 0.01)
    monkeypatch.setattr(batch_waiting, "LONGEST", 0.02)
    monkeypatch.setattr(batch_calls, "QUEUE_PAUSE", 0.01)


@pytest.fixture(params=["openai", "anthropic"])
def batches(request, httpserver, impatient) -> FaultyBatches:
    """The faulty server of batches, once for each protocol."""
    return FaultyBatches(httpserver, request.param)


@pytest.fixture
def batches_of(httpserver, impatient) -> Callable[[str], FaultyBatches]:
    """The faulty server of batches with a protocol of the test's choice."""
    return lambda sdk: FaultyBatches(httpserver, sdk)


@pytest.fixture
def as_the_provider(monkeypatch) -> Callable[[FaultyServer], None]:
    """Lets a faulty server stand where the SDK's own endpoint is."""

    def stand_in(server):
        module, name = {"openai": (openai, "OpenAI"), "anthropic": (anthropic, "Anthropic")}[server.sdk]
        made = getattr(module, name)
        monkeypatch.setattr(module, name, lambda **options: made(**{**options, "base_url": server.base_url}))

    return stand_in


@pytest.fixture
def openai_server(httpserver) -> FaultyServer:
    """The faulty server with OpenAI's protocol alone."""
    return FaultyServer(httpserver, "openai")
