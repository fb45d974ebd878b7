"""A server on loopback with the batch endpoints of both protocols, which fails wherever a test wants it to."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime

from faulty_server import Act, FaultyServer
from werkzeug import Request, Response

UNDONE = "undone"
"""Instead of an answer: the batch ended before the call was made."""

MISSING = "missing"
"""Instead of an answer: no line is about the call."""


class FaultyBatches:
    """Takes batches, and answers their calls by a script, one act a call; the last act is repeated.

    Attributes:
        single: the server of single calls at the same address.
        sent: the bodies of each batch, by the calls' names.
        asked: operations in their order: ``upload``, ``submit``, ``list``, ``state``, ``results``, and the batch.
        polls: how often a batch is not ended yet.
        ends: the states in which batches end, one a batch; the last one is repeated.
        errors: of batches that fail as a whole.
        shape: changes the lines of results.
        known: whether batches are listed.
    """

    def __init__(self, httpserver, sdk: str) -> None:
        self.single = FaultyServer(httpserver, sdk)
        self.sdk, self.arguments, self.options = sdk, self.single.arguments, self.single.options
        self.sent: list[dict[str, dict]] = []
        self.asked: list[tuple[str, str]] = []
        self.polls, self.errors, self.known = 1, [], True
        self.ends = ["completed" if sdk == "openai" else "ended"]
        self.shape: Callable[[list[str]], list[str]] = lambda lines: lines
        self._acts: list[Act | str] = []
        self._faults: dict[str, list[Act]] = defaultdict(list)
        self._made: dict[str, dict] = {}
        self._files: dict[str, str] = {}
        self._lock = threading.Lock()
        path = r"/v1/(files|batches)(/.*)?" if sdk == "openai" else r"/v1/messages/batches(/.*)?"
        httpserver.expect_request(re.compile(path)).respond_with_handler(self._handle)

    def play(self, *acts: Act | str) -> None:
        """Answer the calls of the next batches so; a text is an ordinary answer."""
        special = (UNDONE, MISSING)
        self._acts = [self.single.answer(a) if isinstance(a, str) and a not in special else a for a in acts]

    def fail(self, operation: str, *acts: Act) -> None:
        """Answer the next requests of this kind so; an act may call ``self.proceed`` for the ordinary response."""
        self._faults[operation] = list(acts)

    def count(self, operation: str) -> int:
        """How often something was asked."""
        return sum(name == operation for name, _ in self.asked)

    def sizes(self) -> list[int]:
        """How many calls each batch had."""
        return [len(bodies) for bodies in self.sent]

    def proceed(self, request: Request) -> Response:
        """What a healthy server answers."""
        with self._lock:
            return self._answer(*self._operation(request), request)

    def _handle(self, request: Request) -> Response:
        operation, batch = self._operation(request)
        with self._lock:
            self.asked.append((operation, batch))
            key = request.headers.get("x-api-key") or request.headers.get("authorization", "")
            self.single.keys.add(key.removeprefix("Bearer "))
            act = self._faults[operation].pop(0) if self._faults[operation] else None
        return act(request) if act else self.proceed(request)

    def _operation(self, request: Request) -> tuple[str, str]:
        parts = request.path.removeprefix("/v1/").removeprefix("messages/").split("/")
        name = parts[1] if len(parts) > 1 else ""
        if parts[0] == "files":
            return ("results", name) if name else ("upload", "")
        if not name:
            return ("submit" if request.method == "POST" else "list"), ""
        return ("results" if parts[-1] == "results" else "state"), name

    def _answer(self, operation: str, name: str, request: Request) -> Response:
        if operation == "upload":
            content = request.files["file"].read().decode()
            assert request.form["purpose"] == "batch"
            self._files[f"file-{len(self._files)}"] = content
            return _json({"id": f"file-{len(self._files) - 1}", "object": "file", "purpose": "batch"})
        if operation == "submit":
            return _json(self._shown(self._take(request)))
        if operation == "list":
            made = list(self._made.values())[::-1] if self.known else []
            return _json({"object": "list", "data": [self._shown(batch) for batch in made], "has_more": False})
        if name in self._files:
            return Response(self._files[name], content_type="application/octet-stream")
        if name not in self._made:
            return self.single.error(404, f"no batch {name}")(request)
        if operation == "results":
            return Response(self._results(self._made[name]), content_type="application/x-jsonl")
        batch = self._made[name]
        batch["polled"] += 1
        if batch["polled"] > self.polls and not batch["ended"]:
            self._end(batch)
        return _json(self._shown(batch))

    def _take(self, request: Request) -> dict:
        body = request.get_json()
        if self.sdk == "openai":
            assert body["endpoint"] == "/v1/chat/completions"
            assert body["completion_window"] == "24h"
            lines = [json.loads(line) for line in self._files[body["input_file_id"]].splitlines()]
            assert {(line["method"], line["url"]) for line in lines} == {("POST", "/v1/chat/completions")}
            calls = {line["custom_id"]: line["body"] for line in lines}
            assert len(calls) == len(lines)
        else:
            calls = {call["custom_id"]: call["params"] for call in body["requests"]}
            assert len(calls) == len(body["requests"])
            assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in calls)
        self.sent.append(calls)
        name = f"batch_{len(self._made)}"
        end = self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]
        self._made[name] = {
            "id": name,
            "calls": calls,
            "metadata": body.get("metadata"),
            "created": time.time(),
            "polled": 0,
            "ended": False,
            "end": end,
            "lines": {},
        }
        return self._made[name]

    def _end(self, batch: dict) -> None:
        batch["ended"] = True
        if batch["end"] == "failed":
            return
        outputs, failures = [], []
        for name, body in batch["calls"].items():
            act = self._acts.pop(0) if len(self._acts) > 1 else self._acts[0]
            if act == MISSING:
                continue
            line, good = self._line(name, act, body)
            (outputs if good else failures).append(json.dumps(line))
        if self.sdk == "anthropic":
            outputs, failures = outputs + failures, []
        for part, lines in (("output", outputs), ("error", failures)):
            if lines:
                self._files[f"{part}-{batch['id']}"] = "".join(line + "\n" for line in self.shape(lines))
                batch["lines"][part] = f"{part}-{batch['id']}"

    def _line(self, name: str, act: Act | str, body: dict) -> tuple[dict, bool]:
        if act == UNDONE:
            if self.sdk == "anthropic":
                return {"custom_id": name, "result": {"type": "expired"}}, False
            error = {"code": "batch_expired", "message": "This request could not be executed in time."}
            return {"id": "x", "custom_id": name, "response": None, "error": error}, False
        response = act(body)
        status, content = response.status_code, json.loads(response.get_data())
        if self.sdk == "openai":
            told = {"status_code": status, "request_id": "x", "body": content}
            return {"id": "x", "custom_id": name, "response": told, "error": None}, status == 200
        if status == 200:
            return {"custom_id": name, "result": {"type": "succeeded", "message": content}}, True
        content["error"]["type"] = _TYPES.get(status, "api_error")
        return {"custom_id": name, "result": {"type": "errored", "error": content}}, False

    def _results(self, batch: dict) -> str:
        return self._files.get(batch["lines"].get("output", ""), "")

    def _shown(self, batch: dict) -> dict:
        total, done = len(batch["calls"]), len(batch["calls"]) if batch["ended"] else 0
        if self.sdk == "openai":
            return {
                "id": batch["id"],
                "object": "batch",
                "endpoint": "/v1/chat/completions",
                "completion_window": "24h",
                "input_file_id": "file-0",
                "created_at": int(batch["created"]),
                "status": batch["end"] if batch["ended"] else "in_progress",
                "metadata": batch["metadata"],
                "request_counts": {"total": total, "completed": done, "failed": 0},
                "errors": {"object": "list", "data": self.errors} if batch["end"] == "failed" else None,
                "output_file_id": batch["lines"].get("output"),
                "error_file_id": batch["lines"].get("error"),
            }
        created = datetime.fromtimestamp(batch["created"], UTC).isoformat()
        counts = {"processing": total - done, "succeeded": done, "errored": 0, "canceled": 0, "expired": 0}
        return {
            "id": batch["id"],
            "type": "message_batch",
            "processing_status": batch["end"] if batch["ended"] else "in_progress",
            "request_counts": counts,
            "created_at": created,
            "expires_at": created,
            "ended_at": created if batch["ended"] else None,
            "archived_at": None,
            "cancel_initiated_at": None,
            # Nobody may follow it: the key would go with the request.
            "results_url": f"http://127.0.0.1:9/{batch['id']}" if batch["ended"] else None,
        }


_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def _json(body) -> Response:
    return Response(json.dumps(body), content_type="application/json")
