"""Contexts as keys, for dictionaries and files: what holds in one context must not be taken for another's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from policybench.arrays import Array


def context_key(context: Array | Sequence[float] | None) -> str:
    """A context as text: equal for equal contexts, whatever their dtype, and different for different ones.

    All contexts that are compared come from one environment, so they have one shape, which the text does not tell.

    Args:
        context: an array or a number of the environment's context space, the list that a step log holds of it, or
            None where there are no contexts.

    Returns:
        Its numbers with all the digits that they need, separated by commas; empty for None.

    >>> context_key(np.array([0, 1], dtype=np.int8)), context_key([0.0, 1.0]), context_key(None)
    ('0,1', '0,1', '')
    >>> context_key([0.1, 0.1000000001, 2e-9])
    '0.1,0.1000000001,2e-09'
    """
    return "" if context is None else ",".join(_texts(np.ravel(context).tolist()))


def _texts(numbers: Sequence[Any]) -> Iterator[str]:
    for number in numbers:
        if number == 0:
            yield "0"  # whatever its sign
        elif isinstance(number, int) and int(float(number)) != number:
            yield str(number)  # no float is equal to it
        else:
            yield repr(float(number)).removesuffix(".0")
