"""Small Fast Chaotic generator (SFC64, Chris Doty-Humphrey, PractRand) for compiled code.

Bit for bit the stream of ``numpy.random.SFC64``, whose state ``policybench.streams.kernel_stream`` hands
over: a state is an array of four uint64 that a kernel owns, so that games in a batch draw independently.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled.cache import compiled

_TO_UNIT = 2.0**-53


@compiled
def next_raw(stream: NDArray[np.uint64]) -> np.uint64:
    """64 random bits; advances the stream, [4] uint64, in place."""
    result, stream[0], stream[1], stream[2], stream[3] = _advanced(stream[0], stream[1], stream[2], stream[3])
    return result


@compiled
def uniform(stream: NDArray[np.uint64]) -> float:
    """A float64 uniform on [0, 1), as ``Generator.random`` makes it."""
    return (next_raw(stream) >> np.uint64(11)) * _TO_UNIT


@compiled
def fill_uniform(stream: NDArray[np.uint64], numbers: NDArray[np.float64]) -> None:
    """Fill an array, [n], with what n calls of ``uniform`` would return; twice as fast as the calls.

    The speed comes from a state, [4], that stays in registers.
    """
    a, b, c, counter = stream[0], stream[1], stream[2], stream[3]
    for i in range(len(numbers)):
        result, a, b, c, counter = _advanced(a, b, c, counter)
        numbers[i] = (result >> np.uint64(11)) * _TO_UNIT
    stream[0], stream[1], stream[2], stream[3] = a, b, c, counter


@compiled
def integer(stream: NDArray[np.uint64], below: int) -> int:
    """An integer uniform on 0 .. below - 1, for ranges far below 2**53, drawn from a stream, [4]."""
    return int(uniform(stream) * below)


@compiled
def _advanced(
    a: np.uint64, b: np.uint64, c: np.uint64, counter: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64, np.uint64]:
    """64 random bits and the state that follows."""
    result = a + b + counter
    after_a = b ^ (b >> np.uint64(11))
    after_b = c + (c << np.uint64(3))
    after_c = ((c << np.uint64(24)) | (c >> np.uint64(40))) + result
    return result, after_a, after_b, after_c, counter + np.uint64(1)
