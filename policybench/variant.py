"""The name of a variant: a plugin's, and every option that differs from its default."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any


def variant_name(name: str, difference: Mapping[str, Any]) -> str:
    """A name fit for folders and tables; a digest keeps apart what shortening or replacing would merge.

    Args:
        name: the plugin's.
        difference: the options that differ from their defaults, in the order of declaration.

    >>> variant_name("ucb", {"c": 0.5, "ties": "first"})
    'ucb-c=0.5,ties=first'
    >>> variant_name("fixed", {"action": (0.0, 1.5)})
    'fixed-action=0_1.5'
    >>> variant_name("ucb", {})
    'ucb'
    """
    if not difference:
        return name
    text = ",".join(f"{key}={_text(value)}" for key, value in difference.items())
    safe = re.sub(r"[^\w.,=+-]", "_", text)
    if safe != text or len(safe) > 80:
        digest = hashlib.sha256(json.dumps(dict(difference), sort_keys=True).encode()).hexdigest()[:8]
        safe = f"{safe[:60]}-{digest}"
    return f"{name}-{safe}"


def _text(value: Any) -> str:
    return "_".join(map(_number, value)) if isinstance(value, (tuple, list)) else str(value)


def _number(value: float) -> str:
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))
