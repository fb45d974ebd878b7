"""What the seeds of a run share: transcript, budget, connections and, if it is a local one, the model itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from policybench import StopRunError
from policybench_llm.batches import Batches
from policybench_llm.budget import Budget
from policybench_llm.connection import Connection
from policybench_llm.prices import Price
from policybench_llm.prompt import Messages
from policybench_llm.settings import CallSettings
from policybench_llm.transcript import Call, Key, Recording, Status, Transcript, Usage
from policybench_llm.wire import FailedCallError, OverflowReplyError, Reply, UnsupportedReplyError, Wire

Judge = Callable[[str], str | None]
"""Says what is wrong with an answer; None if an action can be taken from it."""


class Session:
    """Makes calls and writes them down; a call that was written down before is not made again.

    Safe to use from several threads, with the calls of one seed in one thread at a time.
    """

    def __init__(self, settings: CallSettings, transcript: Path | None) -> None:
        """Open the transcript, a file; None keeps it in memory alone."""
        self._recording = None if settings.recorded is None else Recording(settings.recorded)
        self._settings, self._lock, self._closed = settings, Lock(), False
        self.transcript = Transcript(transcript)
        self._budget = Budget(self.transcript, settings)
        self._connection = Connection(settings)
        self._batches = Batches(self.transcript, settings, self._connection.wire)

    def close(self) -> None:
        """Close the connections and stop the local model; calls under way end in nothing."""
        self._closed = True
        self._batches.close()
        self._connection.close()

    def join(self, seed: int, searching: Callable[[], bool]) -> None:
        """A seed takes part.

        Args:
            seed: which.
            searching: whether it still asks for actions.
        """
        self._batches.gathering.join(seed, searching)

    def turn(self, seed: int, step: int) -> AbstractContextManager[None]:
        """Around all calls of a seed in a step: calls in batches wait for those of the other seeds."""
        return self._batches.gathering.turn(seed, step)

    def call(self, seed: int, step: int, attempt: int, messages: Messages, limit: int, judge: Judge) -> Call:
        """The call of that number: known from before an interruption, replayed, or made now.

        Args:
            seed: whose call.
            step: principal step.
            attempt: number of the call within seed and step, from 1.
            messages: what to ask.
            limit: the longest answer, in tokens.
            judge: says what is wrong with the answer.

        Returns:
            The call; one that failed only if that was before an interruption.

        Raises:
            StopRunError: the model cannot be reached, a limit is reached, or what is known was asked otherwise.
            InputError: calls go in batches, and the endpoint has none.
        """
        if (known := self.transcript.find(seed, step, attempt)) is not None:
            return _same(known, messages, "the transcript in the run's folder")
        if self._recording is not None:
            with self._lock:
                known = self._recording.find(seed, step, attempt)
            if known is None:
                raise StopRunError(f"-p replay: it has no call {attempt} of step {step} of seed {seed}")
            return self.transcript.append(_same(known, messages, "-p replay"), known[1])
        submitted = self.transcript.pending((seed, step, attempt)) is not None
        with self._budget.call(messages, limit, submitted=submitted):
            call = self._make(seed, step, attempt, messages, limit, judge)
            if self._closed:
                raise StopRunError("the run was interrupted")
            call = self.transcript.append(call, messages)
        if call.status == "failed":
            raise StopRunError(f"model {self._settings.provider.model}: {call.error}")
        return call

    def _make(self, seed: int, step: int, attempt: int, messages: Messages, limit: int, judge: Judge) -> Call:
        redact = self._settings.redact
        begun, started = datetime.now(UTC), time.perf_counter()
        wire, key = self._connection.wire(), (seed, step, attempt)
        reply, status, error = _outcome(lambda: self._reply(wire, key, messages, limit))
        batch = self.transcript.pending(key)
        model = redact(reply.model) if reply and reply.model else self._settings.provider.model
        usage = _usage(reply) if reply else _NOTHING
        answer = redact(reply.text) if reply else ""
        if reply is not None:
            error = _fault(reply, judge(answer))
        price = self._settings.price(model, batch=batch is not None)
        return Call(
            seed=seed,
            step=step,
            attempt=attempt,
            time=begun.isoformat(timespec="milliseconds"),
            model=model,
            request={},
            answer=answer,
            error=None if error is None else redact.line(error),
            usage=usage,
            usd=None if price is None else _dollars(price, usage),
            seconds=round(time.perf_counter() - started, 3),
            status=status,
            stop=redact(reply.stop) if reply and reply.stop else None,
            retries=reply.retries if reply else 0,
            endpoint="" if self._settings.provider.local else redact(wire.endpoint),
            limit=limit,
            cut=bool(reply and reply.cut),
            batch="" if batch is None else batch.batch,
        )

    def _reply(self, wire: Wire, key: Key, messages: Messages, limit: int) -> Reply:
        """From a batch that was handed in before, even if calls are made one by one now, or as calls are made."""
        if self._settings.batch or self.transcript.pending(key) is not None:
            reply = self._batches.call(key, messages, limit)
            if reply is not None:
                return reply
        return wire.call(messages, limit)


_NOTHING = Usage(input_tokens=0, output_tokens=0)


def _usage(reply: Reply) -> Usage:
    return Usage(
        input_tokens=reply.input_tokens,
        output_tokens=reply.output_tokens,
        reasoning_tokens=reply.reasoning_tokens,
        cached_tokens=reply.cached_tokens,
        written_tokens=reply.written_tokens,
    )


def _dollars(price: Price, usage: Usage) -> float:
    return price.of(usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.written_tokens)


def _outcome(ask: Callable[[], Reply]) -> tuple[Reply | None, Status, str | None]:
    try:
        return ask(), "answered", None
    except OverflowReplyError as error:
        return None, "overflow", str(error)
    except UnsupportedReplyError as error:
        return None, "unsupported", str(error)
    except FailedCallError as error:
        return None, "failed", str(error)


def _same(known: tuple[Call, Messages], messages: Messages, where: str) -> Call:
    """A known call, if it asked the same; what failed need not have."""
    call, asked = known
    if call.status != "failed" and asked != messages:
        raise StopRunError(
            f"{where}: call {call.attempt} of step {call.step} of seed {call.seed} asked something else; it "
            "belongs to a run with another environment, other options or versions"
        )
    return call


def _fault(reply: Reply, judged: str | None) -> str | None:
    """What is wrong with a reply, in words for the model."""
    if reply.refused:
        return "it is a refusal"
    if judged is not None and reply.cut:
        return f"it was cut off after {reply.output_tokens} tokens"
    return judged
