"""Exponentials, logarithms and powers in plain float64 arithmetic.

A mathematics library gives other last digits on other processors, and between its own versions. These functions
consist of additions, multiplications and divisions alone, in a fixed order, which round alike everywhere; so
whatever is computed with them is the same bytes on all machines.
"""

from __future__ import annotations

import math

import numpy as np

from policybench.compiled.cache import compiled

_LN2_HIGH = 0.6931471803691238  # its last 20 bits are 0, so that products with exponents are exact
_LN2_LOW = 1.9082149292705877e-10
_LOG2_E = 1 / math.log(2)
_LOWEST, _HIGHEST = -708.0, 709.0
_ROOT_HALF = 0.7071067811865476
_BIAS, _SHIFT = np.int64(1023), np.int64(52)
_FRACTION, _ONE = np.int64(2**52 - 1), np.int64(1023 << 52)
_TAYLOR = tuple(1 / math.factorial(n) for n in range(13, 2, -1))
_ODD = tuple(1 / n for n in range(23, 2, -2))


@compiled
def exponential(x: float) -> float:
    """exp(x) to 2 units in the last place; below -708 as at -708, above 709 as at 709.

    exp(x) = 2^n * exp(r) with |r| <= ln(2) / 2, and the Taylor polynomial for exp(r); 2^n is made from its bits.
    """
    x = min(max(x, _LOWEST), _HIGHEST)
    n = np.floor(x * _LOG2_E + 0.5)
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    higher = 0.0
    for coefficient in _TAYLOR:
        higher = higher * r + coefficient
    power = np.int64((np.int64(n) + _BIAS) << _SHIFT).view(np.float64)
    return (1 + (r + r * r * (0.5 + r * higher))) * power  # type: ignore[no-any-return]


@compiled
def logarithm(x: float) -> float:
    """ln(x) of a normal x > 0, to 2 units in the last place where it is not near 0.

    x = 2^n * m with m from sqrt(1/2) to sqrt(2), and ln(m) = 2 artanh(f) with f = (m - 1) / (m + 1).
    """
    bits = np.float64(x).view(np.int64)
    n = (bits >> _SHIFT) - _BIAS
    m = np.int64((bits & _FRACTION) | _ONE).view(np.float64) / 2
    n += 1
    if m < _ROOT_HALF:
        m *= 2
        n -= 1
    f = (m - 1) / (m + 1)
    squared = f * f
    higher = 0.0
    for coefficient in _ODD:
        higher = higher * squared + coefficient
    return n * _LN2_HIGH + (2 * f + (2 * f * squared * higher + n * _LN2_LOW))


@compiled
def power(x: float, exponent: float) -> float:
    """Raise a normal x > 0 to an exponent, to about 2 + |exponent * ln(x)| units in the last place."""
    return exponential(exponent * logarithm(x))
