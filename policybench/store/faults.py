"""What is wrong with a file, in words that fit into one line, whatever the file holds."""

from __future__ import annotations

from pydantic import ValidationError


def first_fault(error: ValidationError) -> str:
    """The first fault, the field before it: ``curves.0.payoffs.3: Input should be a finite number``."""
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(map(str, fault["loc"]))
    message = fault["msg"].removeprefix("Value error, ")
    return shown(f"{place}: {message}" if place else message, 320)


def shown(text: object, limit: int = 120) -> str:
    r"""A text for a message on the screen: cut short, and without anything that a terminal would obey.

    >>> print(shown("a\x1b[31mb\u202ec\nd"))
    a\x1b[31mb\u202ec\nd
    """
    safe = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(text)[: limit + 1]
    )
    return safe if len(safe) <= limit else safe[: limit - 3] + "..."
