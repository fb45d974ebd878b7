"""A check of the conformance suite, and how it fails."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np

from policybench.errors import InputError, StopRunError

PAGE = "docs/conformance.md"
"""The page that explains the checks, a section each."""


class ConformanceError(AssertionError):
    """A plugin does not keep to its interface.

    Attributes:
        expected: what the interface asks for.
        got: what the plugin did.
        page: where that is explained; empty until the error leaves its check.
    """

    def __init__(self, expected: str, got: str, page: str = "") -> None:
        self.expected, self.got, self.page = expected, got, page
        lines = [f"expected: {expected}", f"got: {got}"]
        if page:
            lines.append(f"explained in: {page}, or by: {explaining(page)}")
        super().__init__("\n".join(lines))


class UnusableError(InputError):
    """The plugin cannot be checked as it was asked for: an option that it needs, an engine that is missing."""


@dataclass(frozen=True)
class Check:
    """One demand on one plugin; call it.

    Attributes:
        name: words joined by hyphens; the section of the page that explains it.
        demand: what must hold, in one line.
        run: raises ``ConformanceError`` or whatever the plugin raises.
    """

    name: str
    demand: str
    run: Callable[[], None]

    def __call__(self) -> None:
        """Run the check.

        Raises:
            ConformanceError: the plugin fails it, whatever it is that it raises itself.
            UnusableError: the plugin refuses to begin with these options.
            StopRunError: a principal cannot go on now: what it waits for is out of reach.
        """
        page = f"{PAGE}#{self.name}"
        try:
            self.run()
        except (UnusableError, StopRunError):
            raise
        except ConformanceError as error:
            raise ConformanceError(error.expected, error.got, page) from error.__cause__
        except Exception as error:
            raise ConformanceError(self.demand, located(error), page) from error

    def __str__(self) -> str:
        return self.name


def explaining(page: str) -> str:
    """The command that prints a section of the page."""
    return f"policybench check-plugin --explain {page.partition('#')[2]}"


def fail(expected: str, got: str, *, because: Exception | None = None) -> NoReturn:
    """Fail the check that runs; ``because`` of what the plugin raised."""
    raise ConformanceError(expected, got) from because


def same(one: object, other: object) -> bool:
    """Whether two values are equal in every bit: nested dicts, lists, arrays, numbers; NaN equals NaN."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if one is None or other is None:
        return one is other
    first, second = np.asarray(one), np.asarray(other)
    if first.shape != second.shape:
        return False
    numeric = first.dtype.kind in "fc" and second.dtype.kind in "fc"
    return bool(np.array_equal(first, second, equal_nan=numeric))


def located(error: Exception) -> str:
    """An error in one line, with the last place outside of policybench from which it came."""
    own = f"{Path(__file__).parents[1]}{os.sep}"
    places = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(own)]
    where = f" ({'/'.join(Path(places[-1].filename).parts[-2:])}:{places[-1].lineno})" if places else ""
    return shown(error) + where


def shown(value: object) -> str:
    """A value or an error in one line, of bearable length."""
    if isinstance(value, Exception):
        value = f"{type(value).__name__}: {value}"
    text = " ".join((np.array2string(value) if isinstance(value, np.ndarray) else str(value)).split())
    return text if len(text) <= 300 else f"{text[:300]} ..."
