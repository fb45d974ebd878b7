"""A check of the conformance suite, and how it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

PAGE = "docs/conformance.md"
"""The page that explains the checks, a section each."""


class ConformanceError(AssertionError):
    """A plugin does not keep to its interface.

    Attributes:
        expected: what the interface asks for.
        came: what the plugin did.
        page: where that is explained; empty until the error leaves its check.
    """

    def __init__(self, expected: str, came: str, page: str = "") -> None:
        self.expected, self.came, self.page = expected, came, page
        super().__init__(f"expected: {expected}\ncame: {came}" + (f"\nexplained in: {page}" if page else ""))


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
        """Raises ``ConformanceError`` if the plugin fails the check, whatever it is that it raises itself."""
        page = f"{PAGE}#{self.name}"
        try:
            self.run()
        except ConformanceError as error:
            raise ConformanceError(error.expected, error.came, page) from None
        except Exception as error:
            raise ConformanceError(self.demand, f"{type(error).__name__}: {error}", page) from error

    def __str__(self) -> str:
        return self.name


def fail(expected: str, came: str) -> NoReturn:
    """Fail the check that runs."""
    raise ConformanceError(expected, came)


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
