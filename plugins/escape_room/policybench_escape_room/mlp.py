"""Small networks, compiled: one-hot inputs, two hidden ReLU layers, linear outputs; forward and backward.

Several networks of one shape lie in one flat float32 vector, so that one loop updates all parameters; ``layers``
gives the views with names. As inputs are 0 or 1, the first layer is a sum of rows. All sums run in a fixed order,
so that a network's numbers are the same bytes on every run. Where loops take several rows at a time, walk along
transposed weights, or are written as tiles, it is because that was measured to be faster.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import BLOCK, add_weighted_rows, compiled, transpose

Floats32 = NDArray[np.float32]


class Shape(NamedTuple):
    """How many networks, and the width of each layer; those of hidden layers are multiples of ``BLOCK``."""

    networks: int
    inputs: int
    hidden1: int
    hidden2: int
    outputs: int


class Layers(NamedTuple):
    """Parameters, or a loss's derivatives by them: views of a flat vector.

    Attributes:
        w1: [networks, inputs, hidden1].
        b1: [networks, hidden1].
        w2: [networks, hidden1, hidden2].
        b2: [networks, hidden2].
        w3: [networks, outputs, hidden2].
        b3: [networks, outputs].
    """

    w1: Floats32
    b1: Floats32
    w2: Floats32
    b2: Floats32
    w3: Floats32
    b3: Floats32


class Batch(NamedTuple):
    """What a network computes on n samples, and a loss's derivatives by it.

    Attributes:
        ones: [n, n_ones] int64, the indices of the inputs that are 1.
        h1: [n, hidden1], the first hidden layer after its ReLU.
        h2: [n, hidden2], the second.
        outputs: [n, outputs].
        d_outputs: [n, outputs], derivatives by the outputs.
        d_h2: [n, hidden2], derivatives by the second hidden layer before its ReLU.
        d_h1: [n, hidden1], derivatives by the first.
        w2_transposed: [hidden2, hidden1], scratch.
    """

    ones: NDArray[np.int64]
    h1: Floats32
    h2: Floats32
    outputs: Floats32
    d_outputs: Floats32
    d_h2: Floats32
    d_h1: Floats32
    w2_transposed: Floats32


def n_parameters(shape: Shape) -> int:
    """Length of the flat vector."""
    count, n0, n1, n2, n3 = shape
    return count * ((n0 + 1) * n1 + (n1 + 1) * n2 + (n2 + 1) * n3)


@compiled
def layers(shape: Shape, flat: Floats32) -> Layers:
    """The named views of a flat vector, [n_parameters]."""
    count, n0, n1, n2, n3 = shape
    w1 = count * n0 * n1
    b1 = w1 + count * n1
    w2 = b1 + count * n1 * n2
    b2 = w2 + count * n2
    w3 = b2 + count * n3 * n2
    return Layers(
        flat[:w1].reshape((count, n0, n1)),
        flat[w1:b1].reshape((count, n1)),
        flat[b1:w2].reshape((count, n1, n2)),
        flat[w2:b2].reshape((count, n2)),
        flat[b2:w3].reshape((count, n3, n2)),
        flat[w3:].reshape((count, n3)),
    )


@compiled
def make_batch(shape: Shape, n: int, n_ones: int) -> Batch:
    """Room for n samples."""
    return Batch(
        np.zeros((n, n_ones), np.int64),
        np.zeros((n, shape.hidden1), np.float32),
        np.zeros((n, shape.hidden2), np.float32),
        np.zeros((n, shape.outputs), np.float32),
        np.zeros((n, shape.outputs), np.float32),
        np.zeros((n, shape.hidden2), np.float32),
        np.zeros((n, shape.hidden1), np.float32),
        np.zeros((shape.hidden2, shape.hidden1), np.float32),
    )


@compiled
def forward(net: Layers, index: int, batch: Batch, begin: int, end: int) -> None:
    """Evaluate one of the networks on the samples begin .. end - 1: from ``ones`` to ``outputs``."""
    n1, n2, n3 = batch.h1.shape[1], batch.h2.shape[1], batch.outputs.shape[1]
    for s in range(begin, end):
        for i in range(n1):
            batch.h1[s, i] = net.b1[index, i]
        for k in range(batch.ones.shape[1]):
            one = batch.ones[s, k]
            for i in range(n1):
                batch.h1[s, i] += net.w1[index, one, i]

        for j in range(n2):
            batch.h2[s, j] = net.b2[index, j]
        for i in range(n1):
            batch.h1[s, i] = max(batch.h1[s, i], np.float32(0))
        add_weighted_rows(batch.h1, s * n1, n1, net.w2, index * n1 * n2, n2, batch.h2, s * n2, n2 // BLOCK)

        for j in range(n2):
            batch.h2[s, j] = max(batch.h2[s, j], np.float32(0))
        for o in range(n3):
            y0, y1, y2, y3 = net.b3[index, o], np.float32(0), np.float32(0), np.float32(0)
            for j in range(0, n2, 4):
                y0 += batch.h2[s, j] * net.w3[index, o, j]
                y1 += batch.h2[s, j + 1] * net.w3[index, o, j + 1]
                y2 += batch.h2[s, j + 2] * net.w3[index, o, j + 2]
                y3 += batch.h2[s, j + 3] * net.w3[index, o, j + 3]
            batch.outputs[s, o] = (y0 + y1) + (y2 + y3)


@compiled
def backward(net: Layers, index: int, batch: Batch, begin: int, end: int, gradient: Layers) -> None:
    """Derive a loss by the parameters of one of the networks.

    Args:
        net: the parameters.
        index: which network.
        batch: as ``forward`` left it, and with ``d_outputs``.
        begin: the first of the samples that the loss is a function of.
        end: the one after the last.
        gradient: the derivatives are added to it.
    """
    n1, n2, n3 = batch.h1.shape[1], batch.h2.shape[1], batch.outputs.shape[1]
    transpose(net.w2, index * n1 * n2, n1, n2, batch.w2_transposed)

    for s in range(begin, end):
        for j in range(n2):
            batch.d_h2[s, j] = 0
        for o in range(n3):
            d = batch.d_outputs[s, o]
            gradient.b3[index, o] += d
            for j in range(n2):
                gradient.w3[index, o, j] += d * batch.h2[s, j]
                batch.d_h2[s, j] += d * net.w3[index, o, j]
        for j in range(n2):
            d = batch.d_h2[s, j] if batch.h2[s, j] > 0 else np.float32(0)
            batch.d_h2[s, j] = d
            gradient.b2[index, j] += d

        w = batch.w2_transposed
        for i in range(n1):
            batch.d_h1[s, i] = 0
        for j in range(0, n2, 4):
            d0, d1, d2, d3 = batch.d_h2[s, j], batch.d_h2[s, j + 1], batch.d_h2[s, j + 2], batch.d_h2[s, j + 3]
            for i in range(n1):
                batch.d_h1[s, i] += d0 * w[j, i] + d1 * w[j + 1, i] + d2 * w[j + 2, i] + d3 * w[j + 3, i]
        for i in range(n1):
            d = batch.d_h1[s, i] if batch.h1[s, i] > 0 else np.float32(0)
            batch.d_h1[s, i] = d
            gradient.b1[index, i] += d
        for k in range(batch.ones.shape[1]):
            one = batch.ones[s, k]
            for i in range(n1):
                gradient.w1[index, one, i] += batch.d_h1[s, i]
    _add_products(batch.h1, batch.d_h2, begin, end, gradient.w2, index)


@compiled
def _add_products(x: Floats32, d: Floats32, begin: int, end: int, total: Floats32, index: int) -> None:
    """Add the sum over samples of x[s, i] d[s, j] to total[index, i, j]; five samples, an episode, at a time."""
    fives = begin + (end - begin) // 5 * 5
    for s in range(begin, fives, 5):
        for i in range(x.shape[1]):
            x0, x1, x2, x3, x4 = x[s, i], x[s + 1, i], x[s + 2, i], x[s + 3, i], x[s + 4, i]
            for j in range(d.shape[1]):
                total[index, i, j] += (
                    x0 * d[s, j] + x1 * d[s + 1, j] + x2 * d[s + 2, j] + x3 * d[s + 3, j] + x4 * d[s + 4, j]
                )
    for s in range(fives, end):
        for i in range(x.shape[1]):
            for j in range(d.shape[1]):
                total[index, i, j] += x[s, i] * d[s, j]
