"""The frozen core of the followers: 128 features of what a follower sees, in integers.

A view is a grid of small integers, one symbol a cell. Every pair of cell and symbol has an embedding, except
that symbol 0, the bare floor, has none. The core is: sum of the embeddings and a bias -> ReLU -> dense ->
ReLU, 128 wide.

Most of a view is the ground, which depends on nothing but where its viewer stands and faces, its pose. The
embeddings of the ground are summed up once for each pose; of a view only what hides the ground is added.

As the core is frozen, it is rounded to integers of 16 bits once (``policybench.followers.core``). Sums of
integers are exact in any order, and a processor adds and multiplies twice as many of them as of float32.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.compiled.tiles import add_rows, differences, fetch_row, integer_layer, lowest_bit
from policybench.followers.core import Core, quantise

FEATURES = 128
"""How many features a view has: width of both layers."""

_GROUP = 8
"""Views that are encoded together, so that weights are loaded less often."""

_CHUNK = 32
"""Cells that are compared at a time."""


class Encoder(NamedTuple):
    """The core as it is computed.

    Attributes:
        ground: [n_poses, n_cells] uint8, the symbols that a view from each pose shows where nothing hides them.
        sums: [n_poses, 128] int16, bias plus the embeddings of that ground.
        changes: [n_cells * n_symbols * n_symbols, 128] int16; row (cell * n_symbols + ground) * n_symbols +
            symbol: the embedding of the symbol less that of the ground which it hides.
        n_symbols: how many there are.
        dense: [8, 64, 16, 2] int16, as ``compiled.tiles.integer_layer`` takes them.
        dense_bias: [128] int32.
        dense_scale: [128] float32: features are positive sums times this.
        rows: [8, n_cells] int32, working memory: rows of ``changes``.
        counts: [8] int64, working memory: how many they are.
        hidden: [8, 128] int16, working memory: first layer.
    """

    ground: NDArray[np.uint8]
    sums: NDArray[np.int16]
    changes: NDArray[np.int16]
    n_symbols: int
    dense: NDArray[np.int16]
    dense_bias: NDArray[np.int32]
    dense_scale: NDArray[np.float32]
    rows: NDArray[np.int32]
    counts: NDArray[np.int64]
    hidden: NDArray[np.int16]


def make_encoder(core: Core, ground: NDArray[np.uint8]) -> Encoder:
    """Round the core and sum up what does not change.

    Args:
        core: frozen.
        ground: [n_poses, n_cells] as in ``Encoder``; where poses mean nothing, one row of zeros.
    """
    quantised = quantise(core, n_cells=ground.shape[1])
    n_cells, n_symbols, _ = quantised.embedding.shape
    changes = quantised.embedding[:, None, :, :] - quantised.embedding[:, :, None, :]
    sums = np.empty((len(ground), FEATURES), dtype=np.int16)
    _sum_ground(quantised.embedding, quantised.embedding_bias, ground, sums)
    return Encoder(
        ground=ground,
        sums=sums,
        changes=changes.reshape(-1, FEATURES),
        n_symbols=n_symbols,
        dense=np.ascontiguousarray(quantised.dense.reshape(64, 2, 8, 16).transpose(2, 0, 3, 1)),
        dense_bias=quantised.dense_bias,
        dense_scale=quantised.dense_scale,
        rows=np.zeros((_GROUP, n_cells), dtype=np.int32),
        counts=np.zeros(_GROUP, dtype=np.int64),
        hidden=np.zeros((_GROUP, FEATURES), dtype=np.int16),
    )


@compiled
def _sum_ground(
    embedding: NDArray[np.int16],
    bias: NDArray[np.int16],
    ground: NDArray[np.uint8],
    sums: NDArray[np.int16],
) -> None:
    # Plain loops: comparing and assigning arrays takes far longer to compile.
    for pose in range(len(ground)):
        known = pose > 0  # most poses lie off the map, all alike
        for cell in range(ground.shape[1]):
            known &= ground[pose, cell] == ground[0, cell]
        for i in range(FEATURES):
            sums[pose, i] = sums[0, i] if known else bias[i]
        if not known:
            for cell in range(ground.shape[1]):
                for i in range(FEATURES):
                    sums[pose, i] += embedding[cell, ground[pose, cell], i]


@compiled
def encode(
    encoder: Encoder,
    views: NDArray[np.uint8],
    poses: NDArray[np.int32],
    features: NDArray[np.float32],
    first: int,
    stop: int,
) -> None:
    """Write the features, [n, 128], of the views first .. stop - 1, of [n, n_cells], from their poses, [n]."""
    rows, counts, hidden = encoder.rows, encoder.counts, encoder.hidden
    n_cells = views.shape[1]
    for start in range(first, stop, _GROUP):
        size = min(stop - start, _GROUP)
        for k in range(size):
            counts[k] = _find_changes(encoder, views, start + k, poses[start + k], k)
        for k in range(size):
            add_rows(encoder.sums, poses[start + k], encoder.changes, rows, k * n_cells, counts[k], hidden, k)
        integer_layer(hidden, size, encoder.dense, encoder.dense_bias, encoder.dense_scale, features, start)


@compiled
def _find_changes(encoder: Encoder, views: NDArray[np.uint8], n: int, pose: int, k: int) -> int:
    """Write the rows of ``changes`` that tell a view from the ground of its pose; returns how many they are."""
    rows, ground, n_symbols = encoder.rows, encoder.ground, encoder.n_symbols
    n_cells = views.shape[1]
    fetch_row(encoder.sums, pose * 2 * FEATURES)
    count = 0
    compared = 0
    while compared < n_cells:
        # The last chunk lies across the one before it; cells in both of them count once. Small views are padded.
        first = max(min(compared, n_cells - _CHUNK), 0)
        if n_cells >= _CHUNK:
            bits = differences(views, n * n_cells + first, ground, pose * n_cells + first)
            bits = (bits >> (compared - first)) << (compared - first)
        else:
            bits = 0
            for cell in range(n_cells):
                bits |= (views[n, cell] != ground[pose, cell]) << cell
        while bits:
            cell = first + lowest_bit(bits)
            row = (cell * n_symbols + ground[pose, cell]) * n_symbols + views[n, cell]
            fetch_row(encoder.changes, row * 2 * FEATURES)
            rows[k, count] = row
            count += 1
            bits &= bits - 1
        compared += _CHUNK
    return count
