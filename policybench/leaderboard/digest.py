"""The content hash of a submission, and its one way to be written."""

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
    draft = Submission.model_validate_json(json.dumps({**content, "sha256": "0" * 64}))
    return draft.model_copy(update={"sha256": digest(draft.model_dump(mode="json"))})


def dump(submission: Submission) -> str:
    """The file's text: a line a field, and a line a seed, so that changes can be read."""
    lines = []
    for key, value in submission.model_dump(mode="json").items():
        if key in ("curves", "final"):
            rows = ",\n  ".join(_compact(row) for row in value)
            lines.append(f'"{key}": [\n  {rows}\n ]')
        elif isinstance(value, dict):
            parts = ",\n  ".join(f"{_compact(name)}: {_compact(part)}" for name, part in value.items())
            lines.append(f'"{key}": {{\n  {parts}\n }}')
        else:
            lines.append(f'"{key}": {_compact(value)}')
    return "{\n " + ",\n ".join(lines) + "\n}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
