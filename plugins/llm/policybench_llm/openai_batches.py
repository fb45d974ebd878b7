"""Batches of the OpenAI SDK: a file of calls is uploaded, and files of results are downloaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

import openai

from policybench_llm.batch_wire import (
    BatchResult,
    BatchState,
    BatchWire,
    by_name,
    checked_id,
    faults_of,
    read_results,
)
from policybench_llm.openai_replies import fault_in, fault_of
from policybench_llm.wire import count

_LABEL = "policybench"

_ENDED = ("completed", "failed", "expired", "cancelled")


class OpenAIBatches(BatchWire):
    """OpenAI's Batch API."""

    labels = True

    def __init__(self, client: openai.OpenAI, poll_timeout: float) -> None:
        """Take the client, without its repetitions, and the seconds that a question for the state may take."""
        self._client = client.with_options(max_retries=0)
        self._poll_timeout = poll_timeout

    def submit(self, token: str, bodies: Mapping[str, Mapping[str, Any]]) -> str:
        """Upload the calls, and make a batch of them."""
        lines = [
            {"custom_id": name, "method": "POST", "url": "/v1/chat/completions", "body": body}
            for name, body in bodies.items()
        ]
        content = "".join(json.dumps(line) + "\n" for line in lines).encode()
        with _faults():
            file = self._client.files.create(file=(f"{token}.jsonl", content), purpose="batch")
            batch = self._client.batches.create(
                completion_window="24h",
                endpoint="/v1/chat/completions",
                input_file_id=checked_id(file.id),
                metadata={_LABEL: token},
            )
            return checked_id(batch.id)

    def find(self, token: str, since: datetime, calls: int) -> list[str]:
        """The batch whose metadata has the token; the list begins with the youngest."""
        with _faults():
            young = takewhile(
                lambda batch: datetime.fromtimestamp(batch.created_at, UTC) >= since,
                self._client.batches.list(limit=100),
            )
            return [checked_id(batch.id) for batch in young if (batch.metadata or {}).get(_LABEL) == token]

    def state(self, batch: str) -> BatchState:
        """How far a batch is."""
        with _faults():
            found = self._client.batches.retrieve(batch, timeout=self._poll_timeout)
            counts = found.request_counts
            done = count(getattr(counts, "completed", 0)) + count(getattr(counts, "failed", 0))
            # What went wrong with single calls stands beside their results.
            errors = ((found.errors and found.errors.data) or []) if found.status == "failed" else []
            fault = "; ".join(" ".join(filter(None, (error.code, error.message))) for error in errors)
            if not isinstance(found.status, str):
                raise TypeError("it names no status")
            return BatchState(found.status, found.status in _ENDED, done, fault)

    def results(self, batch: str) -> dict[str, BatchResult]:
        """The lines of both files: of answers, and of failures."""
        with _faults():
            found = self._client.batches.retrieve(batch)
            lines: list[tuple[str, BatchResult]] = []
            for file in filter(None, (found.output_file_id, found.error_file_id)):
                lines += read_results(self._client.files.content(checked_id(file)).text, _result)
            return by_name(lines)


def _result(line: Mapping[str, Any]) -> BatchResult:
    response = line.get("response")
    if not response:  # expired or cancelled before it was made
        return BatchResult(0, None, fault_in(line.get("error")) or "it was never made")
    status, body = int(response["status_code"]), response["body"]
    if status == 200:
        return BatchResult(status, dict(body))
    return BatchResult(status, None, fault_in(body.get("error", body)) or f"HTTP {status}")


def _faults() -> AbstractContextManager[None]:
    return faults_of(openai, openai.OpenAIError, fault_of)
