"""Softmax and sampling in plain float32 arithmetic.

The exponential is our own because a mathematics library's gives other last bits on other processors, and
because the compiler can turn this one into vector instructions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled, uniform

_LOWEST = np.float32(-87)
"""exp of this is about the smallest normal float32."""

_LOG2_E = np.float32(1.44269504)
_LN2_HIGH = np.float32(0.693359375)
_LN2_LOW = np.float32(-2.12194440e-4)
_EXPONENT_BIAS = np.int32(127)
_EXPONENT_SHIFT = np.int32(23)
_HALF = np.float32(0.5)
_ONE = np.float32(1)
_ZERO = np.float32(0)
_C3, _C4, _C5, _C6, _C7 = (np.float32(1 / n) for n in (6, 24, 120, 720, 5040))


@compiled
def exp_negative(x: np.float32) -> np.float32:
    """exp(x) for x <= 0, to 2 units in the last place; below -87 as at -87.

    exp(x) = 2^n * exp(r) with |r| <= ln(2) / 2 and the Taylor polynomial for exp(r); 2^n is made from its bits.
    """
    x = max(x, _LOWEST)
    n = np.floor(x * _LOG2_E + _HALF)
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    higher = _HALF + r * (_C3 + r * (_C4 + r * (_C5 + r * (_C6 + r * _C7))))
    power = np.int32((np.int32(n) + _EXPONENT_BIAS) << _EXPONENT_SHIFT).view(np.float32)
    return (_ONE + (r + r * r * higher)) * power  # type: ignore[no-any-return]


@compiled
def softmax_rows(logits: NDArray[np.float32], probabilities: NDArray[np.float32]) -> None:
    """Write the probabilities that each row of logits stands for; both [n, n_actions]."""
    n, n_actions = logits.shape
    for k in range(n):
        highest = logits[k, 0]
        for a in range(1, n_actions):
            highest = max(highest, logits[k, a])
        for a in range(n_actions):
            probabilities[k, a] = logits[k, a] - highest
    flat = probabilities.reshape(-1)
    for i in range(len(flat)):
        flat[i] = exp_negative(flat[i])
    for k in range(n):
        total = _ZERO
        for a in range(n_actions):
            total += probabilities[k, a]
        share = _ONE / total
        for a in range(n_actions):
            probabilities[k, a] *= share


@compiled
def softmax_columns(
    logits: NDArray[np.float32], probabilities: NDArray[np.float32], totals: NDArray[np.float32]
) -> None:
    """Write the probabilities that each column of logits stands for.

    Args:
        logits: [at least n_actions, n]; rows beyond n_actions are not read.
        probabilities: [n_actions, n], out.
        totals: [n], working memory.
    """
    n_actions, n = probabilities.shape
    for k in range(n):
        totals[k] = logits[0, k]
    for a in range(1, n_actions):
        for k in range(n):
            totals[k] = max(totals[k], logits[a, k])
    for a in range(n_actions):
        for k in range(n):
            probabilities[a, k] = exp_negative(logits[a, k] - totals[k])
    totals[:] = 0
    for a in range(n_actions):
        for k in range(n):
            totals[k] += probabilities[a, k]
    for k in range(n):
        totals[k] = _ONE / totals[k]
    for a in range(n_actions):
        for k in range(n):
            probabilities[a, k] *= totals[k]


@compiled
def sample(probabilities: NDArray[np.float32], stream: NDArray[np.uint64]) -> int:
    """Draw an index with the given probabilities, [n_actions]."""
    threshold = uniform(stream)
    below = 0.0
    for a in range(len(probabilities) - 1):
        below += probabilities[a]
        if threshold < below:
            return a
    return len(probabilities) - 1


@compiled
def sample_column(probabilities: NDArray[np.float32], column: int, stream: NDArray[np.uint64]) -> int:
    """Draw a row with the probabilities of a column of [n_actions, n]."""
    threshold = uniform(stream)
    below = 0.0
    drawn = 0
    for a in range(len(probabilities) - 1):  # no branches: a processor cannot foresee luck
        below += probabilities[a, column]
        drawn += threshold >= below
    return drawn
