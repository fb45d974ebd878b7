"""Requests as they stand in a transcript: in full, or as the difference to the previous call of the seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policybench_llm.prompt import Messages


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
