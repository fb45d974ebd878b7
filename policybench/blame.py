"""Exceptions of plugins: whose they are, what the plugin was doing, and where their traceback is kept."""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from policybench.errors import ContractError, InputError, PluginError, StopRunError

_SPEAKING = (InputError, StopRunError, ContractError, PluginError)
"""Errors that say by themselves what is wrong."""

_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD", re.IGNORECASE)


@contextmanager
def blamed_on(who: str, doing: str) -> Iterator[None]:
    """Name the plugin in whatever it raises, SystemExit included; an interruption by the user passes.

    Args:
        who: the plugin: ``principal 'ucb'``.
        doing: what it was doing: ``while it chose an action``.

    Raises:
        PluginError: caused by the plugin's exception.
    """
    try:
        yield
    except (*_SPEAKING, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(": ")
        raise PluginError(f"{who} failed {doing}: {reason[:500]}") from error


def keep_traceback(error: BaseException, path: Path) -> None:
    """Write the traceback of an error and of its causes, without the values of keys and passwords.

    Raises:
        OSError: the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(traceback_text(error), encoding="utf-8")


def traceback_text(error: BaseException) -> str:
    """The traceback of an error and of its causes, without the values of keys and passwords."""
    text = "".join(traceback.format_exception(error))
    for name, value in os.environ.items():
        if _SECRET.search(name) and len(value) >= 8:
            text = text.replace(value, "***")
    return text
