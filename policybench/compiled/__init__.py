"""Compiled code: the decorator that all kernels use, and the random stream that they draw from."""

from policybench.compiled.cache import compiled
from policybench.compiled.sfc64 import fill_uniform, integer, next_raw, uniform

__all__ = ["compiled", "fill_uniform", "integer", "next_raw", "uniform"]
