"""What servers say, as it may be kept and shown: without keys, which they like to repeat, and as plain text."""

from __future__ import annotations

import os
from collections.abc import Iterable

__all__ = ["Redactor"]

_SUFFIXES = ("_KEY", "_TOKEN", "_SECRET", "_PASSWORD")
_SHORTEST = 8
_LONGEST = 500


class Redactor:
    """Replaces secrets by three asterisks.

    Secrets are the values of the environment variables that hold keys, and of all whose names look like it. Values
    of fewer than eight characters are left alone: they would be found in ordinary words and numbers.
    """

    def __init__(self, variables: Iterable[str]) -> None:
        """Collect the values of these variables, and of those that look like keys."""
        names = {name for name in os.environ if name.upper().endswith(_SUFFIXES)} | set(variables)
        values = {os.environ.get(name, "").strip() for name in names}
        self._secrets = sorted((value for value in values if len(value) >= _SHORTEST), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without secrets, and without halves of characters, which no file can hold."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text.encode("utf-8", "replace").decode("utf-8")

    def line(self, text: str) -> str:
        """The text in one line, cut short after the secrets are gone: half a key is a secret, too."""
        plain = "".join(char if char.isprintable() else " " for char in self(text))
        words = " ".join(plain.split())
        return words if len(words) <= _LONGEST else words[: _LONGEST - 3] + "..."
