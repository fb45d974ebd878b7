"""Who has written a new plugin."""

from __future__ import annotations

import subprocess

from policybench.errors import InputError

NOBODY = "the authors"


def usual_author() -> str:
    """What git calls the user here, or ``the authors`` if there is no git or it knows no name."""
    try:
        done = subprocess.run(
            ["git", "config", "user.name"],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return NOBODY
    name = done.stdout.strip()
    return name if name.isprintable() and name else NOBODY


def check_author(text: str) -> str:
    """The name as it was given; raises ``InputError`` if it is empty or has characters that cannot be printed."""
    if not text.strip() or not text.isprintable():
        raise InputError(f"--author {text!r}: takes a name of printable characters, such as {NOBODY!r}")
    return text.strip()
