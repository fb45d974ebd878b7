"""The one error that a user can mend: wrong input, reported as one line with exit status 2."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Wrong input from the user; its message is one line: the option, its value and what is allowed.

    Principals and environments raise it for option values that only they can judge (an action of the wrong
    length, say). The command line prints it without a traceback and exits with status 2.
    """


class ContractError(RuntimeError):
    """A principal or an environment broke its contract; the message names it, its distribution and the breach."""


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint such as `` Did you mean 'ucb'?`` for a mistyped name, or an empty string.

    >>> nearest("ubc", ["ucb", "random"])
    " Did you mean 'ucb'?"
    >>> nearest("zebra", ["ucb", "random"])
    ''
    """
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean {matches[0]!r}?" if matches else ""
