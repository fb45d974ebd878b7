"""``transcript.jsonl``: every call of a run, all seeds in one file, one line per call.

A prompt repeats most of the one before it, so a line holds the difference to the previous call of its seed where
that is shorter. Lines are appended whole; a torn last one is dropped when the file is opened again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policybench import InputError
from policybench.store import dump_lines, keep_lines, read_lines
from policybench_llm.prompt import Messages

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
        self.calls, self.usd = 0, 0.0
        if path is not None:
            for number, call in enumerate(read_lines(path, Call), start=1):
                try:
                    messages = decode(call.request, self._latest.get(call.seed, []))
                except ValueError as error:
                    raise InputError(
                        f"{path}, line {number}: damaged: {error}; restore it, or use --fresh"
                    ) from None
                self._keep(call, messages)
            keep_lines(path, self.calls)

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
            if self._path is not None:
                with self._path.open("ab") as file:
                    file.write(dump_lines([call]))
            self._keep(call, messages)
            return call

    def _keep(self, call: Call, messages: Messages) -> None:
        known = self._step.get(call.seed)
        if not known or known[0].step != call.step:
            self._step[call.seed], self._requests[call.seed] = [], []
        self._step[call.seed].append(call)
        self._requests[call.seed].append(messages)
        self._latest[call.seed] = messages
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


def encode(messages: Messages, previous: Messages | None) -> dict[str, Any]:
    """A request as it stands in a line: in full, or as the difference to the previous one if that is shorter.

    The difference has an entry a message: its role, how many characters at its start and end are those of the
    message in the same place of the previous request, and the text between them.
    """
    if previous is None:
        return {"messages": messages}
    difference = [
        _difference(message, previous[i]["content"] if i < len(previous) else "")
        for i, message in enumerate(messages)
    ]
    shorter = sum(len(part["text"]) + 60 for part in difference) < sum(len(m["content"]) for m in messages)
    return {"difference": difference} if shorter else {"messages": messages}


def decode(request: Mapping[str, Any], previous: Sequence[Mapping[str, str]]) -> Messages:
    """The messages of a line, given those of the previous line of its seed.

    Raises:
        ValueError: the line is no request, or a difference to another one than the previous.
    """
    try:
        if "difference" not in request:
            return [message.model_dump() for message in _Whole.model_validate(request).messages]
        parts = _Different.model_validate(request).difference
    except ValidationError:
        raise ValueError("request: holds neither messages nor a difference") from None
    messages = []
    for i, part in enumerate(parts):
        old = previous[i]["content"] if i < len(previous) else ""
        # A text may not be used twice, or a few lines would stand for more than any memory holds.
        if part.same_at_start + part.same_at_end > len(old):
            raise ValueError("request: is a difference to another call than the one before")
        end = old[len(old) - part.same_at_end :]
        messages.append({"role": part.role, "content": old[: part.same_at_start] + part.text + end})
    return messages


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    role: str
    content: str


class _Whole(BaseModel):
    messages: list[_Message]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    role: str
    same_at_start: int = Field(ge=0)
    same_at_end: int = Field(ge=0)
    text: str


class _Different(BaseModel):
    difference: list[_Part]


def _difference(message: Mapping[str, str], old: str) -> dict[str, Any]:
    new = message["content"]
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    text = new[start : len(new) - end]
    return {"role": message["role"], "same_at_start": start, "text": text, "same_at_end": end}


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
