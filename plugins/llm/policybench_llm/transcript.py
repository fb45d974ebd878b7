"""``transcript.jsonl``: every call of a run, all seeds in one file, one line per call, and notes on batches.

A prompt repeats most of the one before it, so a line holds the difference to the previous call of its seed where
that is shorter. Lines are appended whole; a torn last one is dropped when the file is opened again.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, RootModel, Tag, model_validator

from policybench import InputError
from policybench.store import dump_lines, keep_lines, read_lines
from policybench_llm.differences import decode, encode
from policybench_llm.prompt import Messages

Key = tuple[int, int, int]
"""Seed, step and attempt of a call."""

Status = Literal["answered", "overflow", "unsupported", "failed"]
"""What became of a call: an answer, usable or not; a prompt too long for the model; a parameter that the server
does not know, after which the call is made without it; no answer."""


class Usage(BaseModel):
    """Tokens, as the server counts them.

    Attributes:
        input_tokens: of the prompt.
        output_tokens: of the answer, thinking included.
        reasoning_tokens: the part of the answer's that was thinking.
        cached_tokens: the part of the prompt's that the provider had in its cache.
        written_tokens: the part of the prompt's that it put there.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    input_tokens: int = Field(ge=0)
    output_tokens: int = Field(ge=0)
    reasoning_tokens: int = Field(default=0, ge=0)
    cached_tokens: int = Field(default=0, ge=0)
    written_tokens: int = Field(default=0, ge=0)


class Call(BaseModel):
    """One call; a line of the transcript.

    Attributes:
        seed: whose it was.
        step: principal step, from 0.
        attempt: number of the call within seed and step, from 1.
        time: when it began, ISO 8601 in UTC.
        model: as the server names it; as the user does where it did not.
        request: ``{"messages": [...]}``, or ``{"difference": [...]}`` as ``difference`` makes it.
        answer: the model's text.
        error: what was wrong with it, or why there is none; None if an action was taken from it.
        usage: tokens.
        usd: its price; None if the table of prices does not know the model.
        seconds: from request to answer, the SDK's own repetitions included.
        status: what became of it.
        stop: why the model ended, in the server's words.
        retries: how often the SDK repeated the call.
        endpoint: the address that was asked; empty for the model on this machine.
        limit: the longest answer that was allowed, in tokens.
        cut: whether the answer was cut off there.
        batch: the server's name for the batch that it was part of; empty if it was made by itself.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    seed: int = Field(ge=0)
    step: int = Field(ge=0)
    attempt: int = Field(ge=1)
    time: str
    model: str
    request: dict[str, Any]
    answer: str
    error: str | None
    usage: Usage
    usd: float | None
    seconds: float = Field(ge=0)
    status: Status
    stop: str | None = None
    retries: int = Field(default=0, ge=0)
    endpoint: str = ""
    limit: int = Field(default=0, ge=0)
    cut: bool = False
    batch: str = ""

    @property
    def key(self) -> Key:
        """Which call it is."""
        return self.seed, self.step, self.attempt


class Batch(BaseModel):
    """A note on calls that were handed in together; a line of the transcript, whenever something changes.

    Attributes:
        token: letters and digits that belong to this batch alone; the names of its calls begin with them.
        batch: the server's name for it; empty as long as it is not known.
        state: ``submitting``, ``submitted``, or how it ended for calls that it has no answers for.
        time: when it was handed in, ISO 8601 in UTC.
        calls: seed, step and attempt of each call that this is about.
        prompts: the hash of each call's messages; none once the batch has ended.
        endpoint: the address that it was handed in at.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    token: str
    batch: str
    state: str
    time: str
    calls: tuple[Key, ...]
    prompts: tuple[str, ...]
    endpoint: str

    @model_validator(mode="after")
    def _has_all_prompts(self) -> Batch:
        if self.pending and len(self.prompts) != len(self.calls):
            raise ValueError("has another number of prompts than of calls")
        return self

    @property
    def pending(self) -> bool:
        """Whether the calls may still be answered."""
        return self.state in ("submitting", "submitted")

    def name(self, key: Key) -> str:
        """The name of a call within the batch."""
        return "-".join((self.token, *map(str, key)))


def digest(messages: Messages) -> str:
    """A hash that tells messages from others: 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(messages, sort_keys=True).encode()).hexdigest()[:16]


def _kind(line: Any) -> str:
    return "batch" if isinstance(line, dict) and "token" in line else "call"


_Either = Annotated[Annotated[Call, Tag("call")] | Annotated[Batch, Tag("batch")], Discriminator(_kind)]


class _Line(RootModel[_Either]):
    """A line of a transcript."""


def read_calls(path: Path) -> list[Call]:
    """All calls of a transcript; raises ``InputError`` if a whole line is damaged."""
    return [line.root for line in read_lines(path, _Line) if isinstance(line.root, Call)]


class Transcript:
    """The calls of a run, appended to a file if there is a folder. Safe to use from several threads.

    Attributes:
        calls: number of all calls so far, those of earlier sessions included.
        usd: what they cost, as far as prices were known.
    """

    def __init__(self, path: Path | None) -> None:
        """Go on after the last whole line of the file.

        Raises:
            InputError: a whole line is damaged, or does not follow from those before it.
        """
        self._path, self._lock = path, Lock()
        self._step: dict[int, list[Call]] = {}
        self._latest: dict[int, Messages] = {}
        self._requests: dict[int, list[Messages]] = {}
        self._pending: dict[Key, Batch] = {}
        self._batches: set[str] = set()
        self.calls, self.usd = 0, 0.0
        if path is not None:
            lines = [line.root for line in read_lines(path, _Line)]
            for number, call in enumerate(lines, start=1):
                if isinstance(call, Batch):
                    self._keep_batch(call)
                    continue
                try:
                    messages = decode(call.request, self._latest.get(call.seed, []))
                except ValueError as error:
                    raise InputError(
                        f"{path}, line {number}: damaged: {error}; restore it, or use --fresh"
                    ) from None
                self._keep(call, messages)
            keep_lines(path, len(lines))

    def find(self, seed: int, step: int, attempt: int) -> tuple[Call, Messages] | None:
        """A call of the seed's latest step, with its messages; None if there is no such call."""
        with self._lock:
            known = self._step.get(seed, [])
            if known and known[0].step == step and attempt <= len(known):
                return known[attempt - 1], self._requests[seed][attempt - 1]
            return None

    def of(self, seed: int, step: int) -> list[Call]:
        """All calls of a seed's latest step; none if that is another one."""
        with self._lock:
            return [call for call in self._step.get(seed, []) if call.step == step]

    def append(self, call: Call, messages: Messages) -> Call:
        """Write a call; its ``request`` is made here, from its messages."""
        with self._lock:
            call = call.model_copy(update={"request": encode(messages, self._latest.get(call.seed))})
            self._write(call)
            self._keep(call, messages)
            return call

    def note(self, batch: Batch) -> Batch:
        """Write what is new of a batch."""
        with self._lock:
            self._write(batch)
            self._keep_batch(batch)
            return batch

    def pending(self, key: Key) -> Batch | None:
        """The batch that may still answer a call; None if there is none."""
        with self._lock:
            return self._pending.get(key)

    def batches(self) -> set[str]:
        """The server's names for all batches so far."""
        with self._lock:
            return set(self._batches)

    def _write(self, line: Call | Batch) -> None:
        if self._path is not None:
            with self._path.open("ab") as file:
                file.write(dump_lines([line]))

    def _keep_batch(self, batch: Batch) -> None:
        self._batches |= {batch.batch} - {""}
        for key in batch.calls:
            known = self._pending.get(key)
            if batch.pending:
                self._pending[key] = batch
            elif known is not None and known.token == batch.token:
                del self._pending[key]

    def _keep(self, call: Call, messages: Messages) -> None:
        known = self._step.get(call.seed)
        if not known or known[0].step != call.step:
            self._step[call.seed], self._requests[call.seed] = [], []
        self._step[call.seed].append(call)
        self._requests[call.seed].append(messages)
        self._latest[call.seed] = messages
        self._pending.pop(call.key, None)
        self.calls += 1
        self.usd += call.usd or 0.0


class Recording:
    """A transcript that is read along, seed by seed: it answers in the model's place."""

    def __init__(self, calls: Iterable[Call]) -> None:
        """Take all calls of the transcript, in its order."""
        self._calls: dict[int, list[Call]] = defaultdict(list)
        for call in calls:
            self._calls[call.seed].append(call)
        self._position: dict[int, int] = defaultdict(int)
        self._latest: dict[int, Messages] = {}

    def find(self, seed: int, step: int, attempt: int) -> tuple[Call, Messages] | None:
        """A call with its messages, which must come after those found before; None if there is none."""
        calls = self._calls[seed]
        while self._position[seed] < len(calls):
            call = calls[self._position[seed]]
            if (call.step, call.attempt) > (step, attempt):
                return None
            self._position[seed] += 1
            try:
                self._latest[seed] = decode(call.request, self._latest.get(seed, []))
            except ValueError as error:
                place = f"call {self._position[seed]} of seed {seed}"
                raise InputError(f"the transcript is damaged, {place}: {error}") from None
            if (call.step, call.attempt) == (step, attempt):
                return call, self._latest[seed]
        return None
