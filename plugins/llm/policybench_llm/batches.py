"""Calls by way of batches: handed in together, noted in the transcript before anybody waits, never paid twice.

A note is written before a batch is handed in, and another one as soon as the server has named it. If the run ends
in between, the next one looks the batch up with the server, so that nothing that was paid for is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, NoReturn
from uuid import uuid4

from policybench import InputError, StopRunError
from policybench_llm.batch_waiting import Waiting
from policybench_llm.batch_wire import BatchFaultError, BatchResult, BatchWire
from policybench_llm.gathering import Gathering, Requests
from policybench_llm.http_client import LONGEST_WAIT
from policybench_llm.prompt import Messages
from policybench_llm.settings import CallSettings
from policybench_llm.transcript import Batch, Key, Transcript, digest
from policybench_llm.wire import FailedCallError, Reply, Wire

_NONE = (404, 405, 501)
"""Statuses of an address that does not exist."""

_GONE = (404, 410)

_CLOCKS_DIFFER = timedelta(hours=1)

_FULL = "token_limit_exceeded"
"""What OpenAI calls a queue in which other batches of the same account have left no room."""

QUEUE_PAUSE = 60.0
"""Seconds after which a batch is handed in again that found no room."""


@dataclass
class _Box:
    """What a batch has brought, fetched by the first who asks.

    Attributes:
        sent: the parameters of its calls.
    """

    sent: Mapping[str, Any]
    lock: Lock = field(default_factory=Lock)
    results: dict[Key, BatchResult] | None = None
    failure: Exception | None = None


class Batches:
    """Makes calls by way of batches. Safe to use from several threads, one a seed.

    Attributes:
        gathering: where the seeds meet.
    """

    def __init__(self, transcript: Transcript, settings: CallSettings, wire: Callable[[], Wire]) -> None:
        """Take what is known of earlier batches, and the wire, which is made when it is first used."""
        self._transcript, self._settings, self._wire = transcript, settings, wire
        self._waiting, self._lock = Waiting(settings.provider.model, settings.redact), Lock()
        self._boxes: dict[str, _Box] = {}
        self.gathering = Gathering(self._send)

    def close(self) -> None:
        """Wait for nothing any more."""
        self._waiting.end()
        self.gathering.fail(StopRunError("the run was interrupted"))

    def call(self, key: Key, messages: Messages, limit: int) -> Reply | None:
        """The reply to a call, from the batch that it was handed in with before, or from a new one.

        Args:
            key: which call.
            messages: what to ask.
            limit: the longest answer, in tokens.

        Returns:
            The reply; None if an earlier batch brought none, and no other is to be made.

        Raises:
            OverflowReplyError: the prompt is too long.
            UnsupportedReplyError: the server refused a parameter.
            FailedCallError: there is no answer.
            StopRunError: the run cannot go on now; what was handed in stays noted.
            InputError: the endpoint has no batches.
        """
        tries = self._settings.retries + 1
        for _ in range(tries):
            batch = self._transcript.pending(key)
            if batch is None:
                if not self._settings.batch:
                    return None
                batch = self.gathering.submit(key, messages, limit)
            if batch.prompts[batch.calls.index(key)] != digest(messages):
                raise self._waiting.stopped(
                    f"batch {batch.batch or batch.token} asked something else for seed {key[0]}, step {key[1]}: "
                    "it belongs to a run with another environment, other options or versions"
                )
            box = self._collected(batch)
            result = (box.results or {}).get(key)
            if result is not None and not result.undone:
                return self._reply(result, box.sent, limit)
            fault = "its results do not mention the call" if result is None else result.fault
        if not self._settings.batch:
            return None
        raise FailedCallError(f"no answer in {tries} batch{'es' if tries > 1 else ''}, the last time: {fault}")

    def _reply(self, result: BatchResult, sent: Mapping[str, Any], limit: int) -> Reply:
        wire = self._wire()
        if result.body is not None:
            return wire.read(result.body)
        raise wire.refusal(result.status, result.fault, sent, limit)

    def _send(self, requests: Requests) -> Batch:
        """Hand in calls, and give the note on them."""
        wire = self._wire()
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        note = Batch(
            token=uuid4().hex[:20],
            batch="",
            state="submitting",
            time=now,
            calls=tuple(requests),
            prompts=tuple(digest(messages) for messages, _ in requests.values()),
            endpoint=self._settings.redact(wire.endpoint),
        )
        bodies = {note.name(key): wire.body(messages, limit) for key, (messages, limit) in requests.items()}
        self._boxes = {note.token: _Box(wire.sent())}  # all that the others held has been taken
        self._transcript.note(note)
        longest = max(limit for _, limit in requests.values())
        try:
            return self._submitted(wire.batches(), note, bodies)
        except BatchFaultError as fault:
            self._refuse(wire, note, fault, longest)

    def _submitted(self, batches: BatchWire, note: Batch, bodies: Mapping[str, Mapping[str, Any]]) -> Batch:
        again = 0
        while True:
            try:
                return self._named(note, batches.submit(note.token, bodies))
            except BatchFaultError as fault:
                if not fault.passing:
                    raise
                if again == self._settings.retries or fault.wait > LONGEST_WAIT:
                    raise self._waiting.stopped(f"the batch could not be handed in: {fault}") from None
                unsure = fault.unsure
                self._waiting.pause(max(min(0.5 * 2**again, 8.0), fault.wait))
            again += 1
            # It may have arrived, and the answer to that got lost.
            if unsure and (found := self._found(batches, note)) is not None:
                return found

    def _refuse(self, wire: Wire, note: Batch, fault: BatchFaultError, limit: int) -> NoReturn:
        self._transcript.note(note.model_copy(update={"state": "refused"}))
        said = str(fault).lower()
        unsupported = "batch" in said and ("not support" in said or "unsupported" in said)
        if fault.status in _NONE or unsupported:
            raise InputError(
                self._settings.redact.line(
                    f"-p batch=true: {wire.endpoint} has no batches for -p model={self._settings.provider.model} "
                    f"({fault}); leave the option out"
                )
            ) from None
        raise wire.refusal(fault.status, str(fault), wire.sent(), limit) from None

    def _named(self, note: Batch, batch: str) -> Batch:
        """The note on a batch that the server has named."""
        if self._settings.redact(batch) != batch:
            raise self._waiting.stopped(f"the server's name for the batch has a key in it: {batch}")
        if self._waiting.ended:
            raise StopRunError("the run was interrupted")
        return self._transcript.note(note.model_copy(update={"batch": batch, "state": "submitted"}))

    def _found(self, batches: BatchWire, note: Batch) -> Batch | None:
        """The note with the server's name for a batch that was perhaps handed in; None if it was not."""
        since = datetime.fromisoformat(note.time) - _CLOCKS_DIFFER
        try:
            found = self._waiting.patiently(
                "the list of batches", lambda: batches.find(note.token, since, len(note.calls))
            )
        except BatchFaultError as fault:
            if fault.status in _NONE:
                return None
            raise self._waiting.stopped(f"nobody knows whether the batch arrived: {fault}") from None
        for batch in found:
            if batch not in self._transcript.batches() and (
                batches.labels or self._is_ours(batches, note.model_copy(update={"batch": batch}))
            ):
                return self._named(note, batch)
        return None

    def _is_ours(self, batches: BatchWire, note: Batch) -> bool:
        """Whether a batch has our calls, which only its results tell."""
        about = f"batch {note.batch}, perhaps this run's"
        submitted = datetime.fromisoformat(note.time)
        try:
            self._waiting.until_ended(about, submitted, len(note.calls), lambda: batches.state(note.batch))
            names = self._waiting.patiently(about, lambda: batches.results(note.batch))
        except BatchFaultError as fault:
            if fault.status in _GONE:
                return False
            raise self._waiting.stopped(f"nobody knows whether the batch arrived: {about}: {fault}") from None
        return any(name.startswith(note.token) for name in names)

    def _collected(self, batch: Batch) -> _Box:
        """What a batch has brought, by call; whoever comes first waits for it."""
        with self._lock:
            box = self._boxes.setdefault(batch.token, _Box(self._wire().sent()))
        with box.lock:
            if box.failure is not None:
                raise box.failure
            if box.results is None:
                try:
                    box.results = self._fetched(batch)
                except Exception as failure:
                    box.failure = failure
                    raise
            return box

    def _fetched(self, batch: Batch) -> dict[Key, BatchResult]:
        batches = self._wire().batches()
        if not batch.batch:
            named = self._found(batches, batch)
            if named is None:
                self._transcript.note(batch.model_copy(update={"state": "never arrived"}))
                return {}
            batch = named
        about = f"batch {batch.batch}"
        try:
            state = self._waiting.until_ended(
                about, datetime.fromisoformat(batch.time), len(batch.calls), lambda: batches.state(batch.batch)
            )
            named_results = self._waiting.patiently(about, lambda: batches.results(batch.batch))
        except BatchFaultError as fault:
            if fault.status in _GONE and not self._settings.batch:
                self._transcript.note(batch.model_copy(update={"state": "gone"}))
                return {}
            hint = "; -p batch=false asks without it" if fault.status in _GONE else ""
            raise self._waiting.stopped(f"{about}: {fault}{hint}") from None
        results = {key: named_results[batch.name(key)] for key in batch.calls if batch.name(key) in named_results}
        undone = tuple(key for key in batch.calls if key not in results or results[key].undone)
        if undone:
            ended = self._settings.redact.line(state.name)
            self._transcript.note(batch.model_copy(update={"state": ended, "calls": undone, "prompts": ()}))
            missing = f"without answers to {len(undone)} of {len(batch.calls)} calls"
            self._waiting.say(f"{about}: {state.name}, {missing}")
        if state.fault and not results:
            if _FULL not in state.fault:
                raise FailedCallError(f"{about}: {state.name}: {state.fault}")
            self._waiting.say(f"{about}: {state.fault}")
            self._waiting.pause(QUEUE_PAUSE)
        return results
