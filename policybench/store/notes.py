"""What may stand in a ``transcript.jsonl`` beside calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_note(line: Mapping[str, Any]) -> bool:
    """Whether a line is about calls that were handed in together, by its list ``calls``, and is no call itself."""
    return "calls" in line and "request" not in line
