"""Contexts as keys of dictionaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from policybench.outcome import Array

Key = tuple[Any, ...]


def context_key(context: Array | None) -> Key:
    """A key equal for contexts of equal shape and values, whatever their dtype; ``()`` for None.

    >>> context_key(np.array([0, 1])) == context_key(np.array([0.0, 1.0]))
    True
    """
    if context is None:
        return ()
    array = np.asarray(context)
    return (array.shape, *array.ravel().tolist())
