"""Docstrings for the reference: what Markdown takes for something else than blocks of code, or for text."""

from __future__ import annotations

import re
from typing import Any

import griffe

_COLONS = re.compile(r"::(?=\n\n {4})")
_EXAMPLE = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)


class Examples(griffe.Extension):  # type: ignore[misc, unused-ignore]
    """What griffe calls for each object whose docstring it has read."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Fence the examples of one docstring, and leave one colon before a block of code."""
        if obj.docstring:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text: str) -> str:
    r"""A docstring with its examples in blocks of code.

    >>> fenced("Twice.\n\n>>> 1 + 1\n2\n\nMore.").splitlines()[1:]
    ['', '```pycon', '>>> 1 + 1', '2', '```', '', 'More.']
    >>> fenced("Like this::\n\n    x = 1")
    'Like this:\n\n    x = 1'
    """
    return _EXAMPLE.sub(lambda match: f"```pycon\n{match[0]}\n```", _COLONS.sub(":", text))
