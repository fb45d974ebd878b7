"""The errors that policybench raises on purpose, and the exit status that each ends a command with.

::

    ValueError
      InputError          wrong input; one line says what to change            2
        UnusableError     a plugin cannot be checked with the options given    2
    RuntimeError
      StopRunError        a run cannot continue now, but later                 3
      ContractError       a plugin broke its interface                         1
      PluginError         a plugin failed; its traceback is kept in a file     1
    AssertionError
      ConformanceError    a plugin failed a check of the conformance suite     1

``UnusableError`` and ``ConformanceError`` are in ``policybench.testing``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Wrong input from the user. Its message is one line: the option, its value and what is allowed.

    Principals and environments raise it for values that only they can judge: an action of the wrong length, say.
    The command line prints it without a traceback and exits with status 2.
    """


class StopRunError(RuntimeError):
    """A run cannot continue now, but may later. Its message is one line that says why, and what to do.

    Principals raise it in ``ask`` when a service does not answer or a limit of costs is reached. All steps so far
    are kept, and so are the principals' own files. The command line prints the message without a traceback and
    exits with status 3; the same command continues the run.
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
