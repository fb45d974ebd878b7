"""Records: what a kernel reads and changes, under names, in one piece of memory.

A kernel gets a record as a pointer. In place of it one could hand over a tuple of arrays; but every function
that takes such a tuple counts references to each of its arrays, with two atomic operations an array and call,
which takes longer than a step of a game.

The sizes of the arrays inside are part of a record's type, so kernels are compiled anew for a map of another
size.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

Record = Any
"""One record, ``np.record``: its fields are attributes, in Python as in kernels."""

Records = Any
"""An array of them, ``np.recarray``, e.g. one a game; ``records[g]`` is a record, ``records.field`` an array."""


def make_records(number: int, fields: list[tuple[str, DTypeLike, tuple[int, ...]]]) -> Records:
    """Records filled with zeros.

    Args:
        number: how many.
        fields: name, type and shape of each field; () for a single value. The type of an array of flags is
            uint8, because kernels know none of bool inside records.
    """
    return np.zeros(number, dtype=np.dtype(fields, align=True)).view(np.recarray)


def make_record(**values: ArrayLike) -> Record:
    """One record with these values, each of the type and shape that it has."""
    arrays = {name: np.asarray(value) for name, value in values.items()}
    record = make_records(1, [(name, array.dtype, array.shape) for name, array in arrays.items()])[0]
    for name, array in arrays.items():
        record[name] = array
    return record
