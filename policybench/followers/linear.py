"""The two matrix products that followers compute, each in one fixed order of summation.

A library's products choose their order by the size of the batch and by the processor; then a follower's
numbers would depend on what is computed beside it. Here they do not. The sums run over eight rows, or sixteen
lanes, at a time: it lets the compiler use the processor's vector instructions without reordering anything.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled

BLOCK = 8
"""Rows that ``add_products`` adds at a time; lists of rows are padded to a multiple."""

FEATURES = 128
"""Width of the core's layers; a constant, so that the compiler unrolls the loops over it."""

LANES = 16


@compiled
def add_products(
    scales: NDArray[np.float32],
    table: NDArray[np.float32],
    rows: NDArray[np.intp],
    totals: NDArray[np.float32],
) -> None:
    """Add sum over k of scales[o, k] * table[rows[k]] to the first FEATURES numbers of totals[o], for each o.

    Args:
        scales: [n, m].
        table: [any, FEATURES].
        rows: [m], a multiple of BLOCK long; ``pad_rows`` fills it up.
        totals: [n, at least FEATURES], changed.
    """
    for k in range(0, len(rows), BLOCK):
        a, b, c, d = table[rows[k]], table[rows[k + 1]], table[rows[k + 2]], table[rows[k + 3]]
        e, f, g, h = table[rows[k + 4]], table[rows[k + 5]], table[rows[k + 6]], table[rows[k + 7]]
        for o in range(len(scales)):
            scale, total = scales[o], totals[o]
            p, q, r, s = scale[k], scale[k + 1], scale[k + 2], scale[k + 3]
            t, u, v, w = scale[k + 4], scale[k + 5], scale[k + 6], scale[k + 7]
            for i in range(FEATURES):
                first = (p * a[i] + q * b[i]) + (r * c[i] + s * d[i])
                second = (t * e[i] + u * f[i]) + (v * g[i] + w * h[i])
                total[i] += first + second


@compiled
def pad_rows(rows: NDArray[np.intp], scales: NDArray[np.float32], count: int) -> int:
    """Fill up the first ``count`` of rows, [m], and scales, [n, m], with row 0 at scale 0, to whole blocks.

    Returns how many they are then.
    """
    padded = (count + BLOCK - 1) // BLOCK * BLOCK
    rows[count:padded] = 0
    scales[:, count:padded] = 0
    return padded


@compiled
def dot_rows(
    matrix: NDArray[np.float32],
    vector: NDArray[np.float32],
    lanes: NDArray[np.float32],
    result: NDArray[np.float32],
) -> None:
    """Write the product of each row's first FEATURES numbers with the vector.

    Args:
        matrix: [n, at least FEATURES].
        vector: [FEATURES].
        lanes: [n, LANES], scratch.
        result: [n], out.
    """
    x = vector
    for o in range(len(matrix)):
        m, lane = matrix[o], lanes[o]
        for i in range(LANES):
            first = (m[i] * x[i] + m[i + 16] * x[i + 16]) + (m[i + 32] * x[i + 32] + m[i + 48] * x[i + 48])
            second = (m[i + 64] * x[i + 64] + m[i + 80] * x[i + 80]) + (
                m[i + 96] * x[i + 96] + m[i + 112] * x[i + 112]
            )
            lane[i] = first + second
    for o in range(len(matrix)):
        s = lanes[o]
        even = ((s[0] + s[8]) + (s[4] + s[12])) + ((s[2] + s[10]) + (s[6] + s[14]))
        odd = ((s[1] + s[9]) + (s[5] + s[13])) + ((s[3] + s[11]) + (s[7] + s[15]))
        result[o] = even + odd
