"""The file that holds an environment's floor and ceiling, which ``policybench reference`` writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from policybench.problem import Reference


def load_references(path: Path) -> tuple[Reference | None, Reference | None]:
    """Floor and ceiling from a file, for ``Problem``; (None, None) if there is no such file."""
    if not path.exists():
        return None, None
    content = json.loads(path.read_text(encoding="utf-8"))
    return _reference(content["floor"]), _reference(content["ceiling"])


def dump_references(floor: Reference, ceiling: Reference) -> str:
    """Floor and ceiling as the text of the file, which is JSON."""
    return json.dumps({"floor": asdict(floor), "ceiling": asdict(ceiling)}, indent=2) + "\n"


def _reference(content: Mapping[str, Any]) -> Reference:
    actions = content["action"]
    action = None if actions is None else {context: tuple(values) for context, values in actions.items()}
    deviation = content.get("deviation")
    return Reference(content["payoff"], content["standard_error"], content["how"], action, deviation)
