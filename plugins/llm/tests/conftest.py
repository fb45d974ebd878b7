"""Real servers on loopback: one with a real model, one that does what a healthy server never does."""

from __future__ import annotations

import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import anthropic
import numpy as np
import openai
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

import policybench.cli
import policybench_llm
from policybench import plugins
from policybench.harness.launch import Request as RunRequest
from policybench.harness.launch import launch
from policybench.protocol import make_protocol
from policybench_llm.local_model import LocalModel

PRICES = str(Path(policybench_llm.__file__).parent / "data" / "prices.toml")
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
    """Runs the principal in this process, on the test environment or another, and gives the run's folder."""

    def start(
        *options, environment="parabola", seeds=2, steps=3, env=(), out="runs", interrupt_after=None, fresh=False
    ):
        request = RunRequest(
            "llm",
            environment,
            make_protocol("quick", seeds, steps),
            principal_options=options,
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
        return self.lines(run / "transcript.jsonl")

    def steps(self, run: Path) -> list[dict]:
        """The step log without its wall-clock field."""
        rows = self.lines(run / "steps.jsonl")
        for row in rows:
            del row["seconds"]
        return rows


@pytest.fixture
def read() -> Read:
    return Read()


Act = Callable[[Request], Response]


class FaultyServer:
    """Speaks both protocols and plays a script, one act a request; the last act is repeated.

    Attributes:
        requests: bodies of all requests so far.
        keys: what they carried as keys.
    """

    def __init__(self, httpserver, sdk: str) -> None:
        self.sdk, self.acts, self.requests, self.keys = sdk, [], [], set()
        self._lock = threading.Lock()
        self._server = httpserver
        path = "/v1/chat/completions" if sdk == "openai" else "/v1/messages"
        httpserver.expect_request(path).respond_with_handler(self._handle)
        root = httpserver.url_for("").rstrip("/")
        self.base_url = f"{root}/v1" if sdk == "openai" else root

    @property
    def options(self) -> dict:
        """The principal's options that lead here, for Python."""
        return {
            "model": "gpt-4o-mini",
            "sdk": self.sdk,
            "base_url": self.base_url,
            "prices": PRICES,  # nobody else knows what this server asks
            "retries": 1,
        }

    @property
    def arguments(self) -> list[str]:
        """The same for the command line."""
        return [f"{name}={value}" for name, value in self.options.items()]

    def play(self, *acts: Act | str) -> None:
        """Answer the next requests so; a text is an ordinary answer."""
        self.acts = [self.answer(act) if isinstance(act, str) else act for act in acts]

    def answer(
        self, text, *, stop=None, refusal=None, tokens=(100, 10), model="gpt-4o-mini-2024-07-18", **changes
    ):
        if self.sdk == "openai":
            message = {"role": "assistant", "content": text, "refusal": refusal}
            content = {
                "id": "x",
                "object": "chat.completion",
                "created": 0,
                "model": model,
                "choices": [{"index": 0, "message": message, "finish_reason": stop or "stop", "logprobs": None}],
                "usage": {
                    "prompt_tokens": tokens[0],
                    "completion_tokens": tokens[1],
                    "total_tokens": sum(tokens),
                },
            }
        else:
            content = {
                "id": "x",
                "type": "message",
                "role": "assistant",
                "model": model,
                "content": [] if text is None else [{"type": "text", "text": text}],
                "stop_reason": stop or "end_turn",
                "stop_sequence": None,
                "usage": {
                    "input_tokens": tokens[0],
                    "cache_read_input_tokens": 0,
                    "cache_creation_input_tokens": 0,
                    "output_tokens": tokens[1],
                },
            }
        return lambda _: _json({**content, **changes})

    def error(self, status, message, *, code=None, headers=None):
        fault = {"message": message, "type": "invalid_request_error", "code": code, "param": None}
        body = {"error": fault} if self.sdk == "openai" else {"type": "error", "error": fault}
        return lambda _: _json(body, status, {"retry-after-ms": "1", **(headers or {})})

    def reset(self, request: Request) -> Response:
        """Reset the connection instead of an answer."""
        connection: socket.socket = request.environ["werkzeug.socket"]
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # The server's own files keep the connection open; another one takes its place under the same number.
        self._spare = socket.socketpair()
        os.dup2(self._spare[0].fileno(), connection.fileno())
        return Response()

    def late(self, seconds: float, act: Act | str) -> Act:
        """The same, but later."""
        act = self.answer(act) if isinstance(act, str) else act

        def wait(request: Request) -> Response:
            time.sleep(seconds)
            return act(request)

        return wait

    def _handle(self, request: Request) -> Response:
        with self._lock:
            self.requests.append(request.get_json())
            key = request.headers.get("x-api-key") or request.headers.get("authorization", "")
            self.keys.add(key.removeprefix("Bearer "))
            act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        return act(request)


def _json(body, status=200, headers=None) -> Response:
    return Response(json.dumps(body), status, headers, content_type="application/json")


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
