"""``transcript.jsonl``: what a language model was asked and what it answered; read leniently.

A damaged or foreign line must not keep a reader from the others: what cannot be understood is counted, and
fields that are not known here are shown as they are.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policybench.store.names import TRANSCRIPT
from policybench.store.notes import is_note

_KNOWN = {"seed", "step", "attempt", "time", "model", "request", "answer", "error", "usage", "usd", "seconds"}


@dataclass(frozen=True)
class Message:
    """One message of a request, or what is new in it.

    Attributes:
        role: whose it is.
        content: the text; of a difference, the text that is new.
        before: how many characters before it are those of the same message in the seed's call before.
        after: how many after it.
    """

    role: str
    content: str
    before: int = 0
    after: int = 0


@dataclass(frozen=True)
class Call:
    """One call of a model; what a line does not tell, or tells in another form, is None or empty."""

    seed: int | None
    step: int | None
    attempt: int | None
    time: str
    model: str
    messages: list[Message]
    answer: str
    error: str
    input_tokens: int | None
    output_tokens: int | None
    usd: float | None
    seconds: float | None
    other: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Costs:
    """What calls cost together; None where no call tells."""

    calls: int
    failed: int
    input_tokens: int | None
    output_tokens: int | None
    usd: float | None
    seconds: float | None


@dataclass(frozen=True)
class Transcript:
    """All calls of a run, in the order of the file.

    Attributes:
        calls: those that could be read.
        unreadable: number of lines that could not.
    """

    calls: list[Call]
    unreadable: int

    def by_seed(self) -> dict[int | None, list[Call]]:
        """The calls of each seed; those that name none come last."""
        seeds = sorted({call.seed for call in self.calls}, key=lambda seed: (seed is None, seed or 0))
        return {seed: [call for call in self.calls if call.seed == seed] for seed in seeds}


def costs(calls: list[Call]) -> Costs:
    """Sum up what calls cost."""
    return Costs(
        calls=len(calls),
        failed=sum(bool(call.error) for call in calls),
        input_tokens=_total(call.input_tokens for call in calls),
        output_tokens=_total(call.output_tokens for call in calls),
        usd=_total(call.usd for call in calls),
        seconds=_total(call.seconds for call in calls),
    )


def read_transcript(run: Path) -> Transcript | None:
    """The transcript in a run's folder; None if there is none."""
    path = run / TRANSCRIPT
    if not path.is_file():
        return None
    calls, unreadable = [], 0
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if not line.strip():
                continue
            try:
                content = json.loads(line)
            except (ValueError, RecursionError):
                content = None
            if isinstance(content, dict):
                calls += [] if is_note(content) else [_call(content)]
            else:
                unreadable += 1
    return Transcript(calls, unreadable)


def _call(line: Mapping[str, Any]) -> Call:
    usage = line.get("usage")
    usage = usage if isinstance(usage, dict) else {}
    return Call(
        seed=_integer(line.get("seed")),
        step=_integer(line.get("step")),
        attempt=_integer(line.get("attempt")),
        time=_text(line.get("time")),
        model=_text(line.get("model")),
        messages=list(_messages(line.get("request"))),
        answer=_text(line.get("answer")),
        error=_text(line.get("error")),
        input_tokens=_integer(usage.get("input_tokens")),
        output_tokens=_integer(usage.get("output_tokens")),
        usd=_number(line.get("usd")),
        seconds=_number(line.get("seconds")),
        other={str(key): _text(value) for key, value in line.items() if key not in _KNOWN},
    )


def _messages(request: Any) -> Iterator[Message]:
    """The messages of a request, whole or as differences; any other part of it becomes a message too."""
    if not isinstance(request, dict):
        if request is not None:
            yield Message("request", _text(request))
        return
    for name, part in request.items():
        if name == "messages" and isinstance(part, list):
            for message in part:
                if isinstance(message, dict):
                    yield Message(_text(message.get("role")) or "message", _text(message.get("content")))
                else:
                    yield Message("message", _text(message))
        elif name == "difference" and isinstance(part, list) and all(map(_is_difference, part)):
            for message in part:
                yield Message(
                    _text(message.get("role")) or "message",
                    message["text"],
                    message["same_at_start"],
                    message["same_at_end"],
                )
        else:
            yield Message(str(name), _text(part))


def _is_difference(part: Any) -> bool:
    if not isinstance(part, dict) or not isinstance(part.get("text"), str):
        return False
    counts = [_integer(part.get(name)) for name in ("same_at_start", "same_at_end")]
    return all(count is not None and count >= 0 for count in counts)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _integer(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _total(values: Iterator[Any]) -> Any:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
