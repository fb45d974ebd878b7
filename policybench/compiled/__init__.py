"""Compiled code: the decorator that all kernels use, and the random stream that they draw from.

``cache`` is the decorator, which keeps compiled kernels on disk, and ``checked_cache`` compiles anew what was
damaged there. ``sfc64`` is the random stream, and ``elementary`` has exponentials, logarithms and powers that are
the same bytes on all machines. ``tiles`` multiplies small matrices, and ``emitting`` writes vector instructions
where plain loops are too slow.
"""

from policybench.compiled.cache import compiled
from policybench.compiled.elementary import exponential, logarithm, power
from policybench.compiled.sfc64 import fill_uniform, integer, next_raw, uniform
from policybench.compiled.tiles import BLOCK, add_weighted_rows, transpose

__all__ = [
    "BLOCK",
    "add_weighted_rows",
    "compiled",
    "exponential",
    "fill_uniform",
    "integer",
    "logarithm",
    "next_raw",
    "power",
    "transpose",
    "uniform",
]
