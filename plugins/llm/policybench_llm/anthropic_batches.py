"""Batches of the Anthropic SDK: the calls are sent in one request, and come back as lines."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import takewhile
from typing import Any

import anthropic

from policybench_llm.anthropic_replies import fault_of
from policybench_llm.batch_wire import (
    BatchResult,
    BatchState,
    BatchWire,
    by_name,
    checked_id,
    faults_of,
    read_results,
)
from policybench_llm.wire import count

_STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}
"""Results name errors by their type alone."""

_ENDS = ("succeeded", "errored", "canceled", "expired")


class AnthropicBatches(BatchWire):
    """Anthropic's Message Batches."""

    labels = False

    def __init__(self, client: anthropic.Anthropic, poll_timeout: float) -> None:
        """Take the client, without its repetitions, and the seconds that a question for the state may take."""
        self._client = client.with_options(max_retries=0)
        self._poll_timeout = poll_timeout

    def submit(self, token: str, bodies: Mapping[str, Mapping[str, Any]]) -> str:
        """Send all calls; their names hold the token."""
        requests: Any = [{"custom_id": name, "params": dict(body)} for name, body in bodies.items()]
        with _faults():
            return checked_id(self._client.messages.batches.create(requests=requests).id)

    def find(self, token: str, since: datetime, calls: int) -> list[str]:
        """Batches with so many calls, the youngest first; only their results tell whose they are."""
        with _faults():
            young = takewhile(
                lambda batch: batch.created_at >= since, self._client.messages.batches.list(limit=100)
            )
            return [checked_id(batch.id) for batch in young if sum(_counts(batch).values()) == calls]

    def state(self, batch: str) -> BatchState:
        """How far a batch is."""
        with _faults():
            found = self._client.messages.batches.retrieve(batch, timeout=self._poll_timeout)
            if not isinstance(found.processing_status, str):
                raise TypeError("it names no status")
            done = sum(_counts(found)[end] for end in _ENDS)
            return BatchState(found.processing_status, found.processing_status == "ended", done)

    def results(self, batch: str) -> dict[str, BatchResult]:
        """The lines of results, from the address that was asked before, wherever the batch says that they are."""
        with _faults():
            text = self._client.get(f"/v1/messages/batches/{checked_id(batch)}/results", cast_to=str)
            return by_name(list(read_results(text, _result)))


def _counts(batch: Any) -> dict[str, int]:
    counts = batch.request_counts
    return {name: count(getattr(counts, name, 0)) for name in (*_ENDS, "processing")}


def _result(line: Mapping[str, Any]) -> BatchResult:
    result = line["result"]
    if result["type"] == "succeeded":
        return BatchResult(200, dict(result["message"]))
    if result["type"] != "errored":  # expired or canceled before it was made
        return BatchResult(0, None, str(result["type"]))
    error = result["error"]
    error = error.get("error", error)
    kind = str(error.get("type", ""))
    return BatchResult(_STATUSES.get(kind, 500), None, f"{kind} {error.get('message', '')}".strip())


def _faults() -> AbstractContextManager[None]:
    return faults_of(anthropic, anthropic.AnthropicError, fault_of)
