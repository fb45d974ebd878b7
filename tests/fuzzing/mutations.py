"""Changes of files that chance or malice might make: of bytes, of lines, and of values where the file is JSON."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from typing import Any

DEEP: Any = 1
for _ in range(500):
    DEEP = [DEEP]

VALUES = [None, True, False, 0, 1, -1, 3, 2**31, 2**53, 2**63, 10**30, 10**400, 0.5, -0.5, 1e308, 5e-324]
VALUES += [
    float("nan"),
    float("inf"),
    "",
    "x",
    "0",
    "\x1b[2J\u202e",
    "../x",
    "/etc/passwd",
    "\ud800",
    "y" * 100_000,
]
VALUES += [[], [[]], [1, 1], ["x"], {}, {"x": 1}, {"\x1b[2J": None}, DEEP, [0] * 10_000]

JUNK = [
    b"\x00",
    b"\n",
    b"\n\n",
    b"{}",
    b"[" * 3000,
    b"1e999",
    b"NaN",
    b"9" * 5000,
    b"\xff\xfe",
    b'"',
    b"{",
    b"null\n",
]


def mutate(content: bytes, rng: random.Random) -> bytes:
    """One to three changes, one after another; half of the changes are of values, if there are values."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        content = (rng.random() < 0.5 and _change_value(content, rng)) or _change_bytes(content, rng)
    return content


def _change_bytes(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content) + 1)
    stop = min(len(content), start + rng.choice((1, 1, 8, 200)))
    part, lines = content[start:stop], content.splitlines(keepends=True)
    kind = rng.randrange(8)
    if kind == 0 and part:
        return content[:start] + bytes([part[0] ^ (1 << rng.randrange(8))]) + content[start + 1 :]
    if kind == 1:
        return content[:start] + bytes([rng.randrange(256)]) + content[start + 1 :]
    if kind == 2:
        return content[:start] + content[stop:]
    if kind == 3:
        return content[:start] + part + part + content[stop:]
    if kind == 4:
        return content[:start] + rng.choice(JUNK) + content[start:]
    if kind == 5:
        return content[:start]
    if kind == 6 and len(lines) > 1:
        one, other = rng.sample(range(len(lines)), 2)
        lines[one], lines[other] = lines[other], lines[one]
        return b"".join(lines)
    if kind == 7 and lines:
        line = rng.randrange(len(lines))
        return b"".join([*lines[:line], *[lines[line]] * rng.choice((0, 2)), *lines[line + 1 :]])
    return content + content


def _change_value(content: bytes, rng: random.Random) -> bytes | None:
    """The document, or a line of it, with one value changed; None if neither is JSON."""
    try:
        return json.dumps(_changed(json.loads(content), rng)).encode("utf-8", "surrogatepass") + b"\n"
    except (ValueError, RecursionError):
        pass
    lines = content.splitlines(keepends=True)
    if len(lines) < 2:
        return None
    at = rng.randrange(len(lines))
    try:
        lines[at] = json.dumps(_changed(json.loads(lines[at]), rng)).encode("utf-8", "surrogatepass") + b"\n"
    except (ValueError, RecursionError):
        return None
    return b"".join(lines)


def _changed(document: Any, rng: random.Random) -> Any:
    """The document with a value at some place replaced, removed, renamed, or made that of another place."""
    places: list[tuple[Any, Any]] = []
    waiting = [document]
    while waiting:
        part = waiting.pop()
        keys = list(part) if isinstance(part, dict) else list(range(len(part))) if isinstance(part, list) else []
        # Of long lists a few places will do.
        keys = rng.sample(keys, min(len(keys), 20))
        places += [(part, key) for key in keys]
        waiting += [part[key] for key in keys]
    if not places:
        return rng.choice(VALUES)
    part, key = rng.choice(places)
    kind = rng.randrange(6)
    if kind == 0:
        del part[key]
    elif kind == 1 and isinstance(part, dict):
        part[rng.choice(("x", "\x1b[2J", "seed", key + "s"))] = part.pop(key)
    elif kind == 2:
        other, name = rng.choice(places)
        part[key] = json.loads(json.dumps(other[name])) if name in other or isinstance(other, list) else 0
    elif kind == 3 and isinstance(part[key], int | float):
        # A large integer cannot become a float.
        with suppress(OverflowError):
            part[key] += rng.choice((1, -1, 0.5, 1e-9))
    else:
        part[key] = rng.choice(VALUES)
    return document
