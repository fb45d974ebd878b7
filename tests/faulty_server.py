"""A server on loopback that speaks the protocols of language models and does what a healthy one never does."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

from werkzeug import Request, Response

import policybench_llm

GOOD = '{"x1": 0.25, "x2": 0.5}'
"""An answer that can be used."""

PRICES = str(Path(policybench_llm.__file__).parent / "data" / "prices.toml")

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


def actions(n):
    """So many answers, each with another action."""
    return [f'{{"x1": {i / 100}, "x2": 0.5}}' for i in range(1, n + 1)]


def ask(make_llm, server, **options):
    """What a principal that asks the server does in its first step, and what it notes of it."""
    principal = make_llm(**{**server.options, **options})
    try:
        return principal.ask(None).tolist(), principal.notes()
    finally:
        principal._session.close()
