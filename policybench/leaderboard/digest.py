"""The content hash of a submission, and its canonical text form."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from policybench.leaderboard.schema import Submission


def digest(content: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a submission without its ``sha256``.

    Canonical means: keys sorted, no spaces, ASCII, numbers as Python's ``repr`` writes them.
    """
    rest = {key: value for key, value in content.items() if key != "sha256"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def sealed(content: dict[str, Any]) -> Submission:
    """A submission from everything but its hash."""
    draft = Submission.model_validate_json(json.dumps({"schema_version": 3, **content, "sha256": "0" * 64}))
    return draft.model_copy(update={"sha256": digest(draft.model_dump(mode="json"))})


def dump(submission: Submission) -> str:
    """The file's text, its canonical form: one line per field and one per seed, so that changes can be read."""
    return text_of(submission.model_dump(mode="json"))


def text_of(content: dict[str, Any]) -> str:
    """The same of a submission's fields."""
    lines = []
    for key, value in content.items():
        if key in ("curves", "final") and isinstance(value, list):
            rows = ",\n  ".join(map(_compact, value))
            lines.append(f'"{key}": [\n  {rows}\n ]')
        elif isinstance(value, dict):
            parts = ",\n  ".join(f"{_compact(name)}: {_compact(part)}" for name, part in value.items())
            lines.append(f'"{key}": {{\n  {parts}\n }}')
        else:
            lines.append(f"{_compact(key)}: {_compact(value)}")
    return "{\n " + ",\n ".join(lines) + "\n}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
