"""The errors that are reported as one line: wrong input (exit status 2), and a run that cannot go on now (3)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Wrong input from the user; its message is one line: the option, its value and what is allowed.

    Principals and environments raise it for option values that only they can judge (an action of the wrong
    length, say). The command line prints it without a traceback and exits with status 2.
    """


class StopRunError(RuntimeError):
    """A run cannot go on now, and may later; the message is one line that says why and what to do.

    Principals raise it in ``ask`` when what they wait for is out of reach or out of budget: a service that does
    not answer, money that is spent. All steps so far are kept, and so are the principals' own files. The command
    line prints it without a traceback and exits with status 3; the same command continues the run.
    """


class ContractError(RuntimeError):
    """A principal or an environment broke its contract; the message names it, its distribution and the breach."""


class PluginError(RuntimeError):
    """A plugin failed with an exception of its own, which is this one's cause; the message says whose and when.

    The command line prints it without a traceback, which it keeps in a file, and exits with status 1.
    """


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint such as `` Did you mean 'ucb'?`` for a mistyped name, or an empty string.

    >>> nearest("ubc", ["ucb", "random"])
    " Did you mean 'ucb'?"
    >>> nearest("zebra", ["ucb", "random"])
    ''
    """
    matches = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {matches[0]!r}?" if matches else ""
