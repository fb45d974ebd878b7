"""Contexts as keys: what was learned or measured in a context is kept under its text."""

from __future__ import annotations

import numpy as np

from policybench.arrays import Array


def context_key(context: Array | None) -> str:
    """A context as text: equal for equal values, whatever their dtype, and different for different ones.

    Args:
        context: of any shape; None where there are none.

    Returns:
        The numbers, separated by commas, each with as many digits as it takes to tell it from every other; empty
        for None.

    >>> context_key(np.array([0, 1])), context_key(np.array([0.0, 1.0]))
    ('0.0,1.0', '0.0,1.0')
    >>> context_key(np.array([0.1234567891])) == context_key(np.array([0.1234567892]))
    False
    """
    if context is None:
        return ""
    return ",".join(repr(float(value)) for value in np.ravel(context))
