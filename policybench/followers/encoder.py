"""The frozen core of the followers: 128 features of what a follower sees.

A view is a grid of small integers, one symbol a cell. Every pair of cell and symbol has an embedding, except
that symbol 0, the bare floor, has none. The core is: sum of the embeddings and a bias -> ReLU -> dense ->
ReLU, 128 wide.

Most of a view is the ground, which depends on nothing but where its viewer stands and faces, its pose. The
embeddings of the ground are summed up once for each pose; of a view only what hides the ground is added.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.followers.linear import BLOCK, FEATURES, add_products, pad_rows


class Core(NamedTuple):
    """The core as it is learned and kept on disk; all float32.

    Attributes:
        embedding: [n_cells * n_symbols, 128], row cell * n_symbols + symbol; rows of symbol 0 are not used.
        embedding_bias: [128].
        dense: [128, 128], from the first index to the second.
        dense_bias: [128].
    """

    embedding: NDArray[np.float32]
    embedding_bias: NDArray[np.float32]
    dense: NDArray[np.float32]
    dense_bias: NDArray[np.float32]


class Encoder(NamedTuple):
    """The core as it is computed.

    Attributes:
        ground: [n_poses, n_cells] uint8, the symbols that a view from each pose shows where nothing hides them.
        sums: [n_poses, 128] float32, embedding bias plus the embeddings of that ground.
        changes: [n_cells * n_symbols * n_symbols, 128] float32; row (cell * n_symbols + ground) * n_symbols +
            symbol: the embedding of the symbol less that of the ground which it hides.
        n_symbols: how many there are.
        dense: [128, 128] float32.
        dense_bias: [128] float32.
        rows: working memory: list of rows, long enough for all cells and all units.
        scales: [1, same] float32, working memory: their scales.
        hidden: [1, 128] float32, working memory: first layer.
    """

    ground: NDArray[np.uint8]
    sums: NDArray[np.float32]
    changes: NDArray[np.float32]
    n_symbols: int
    dense: NDArray[np.float32]
    dense_bias: NDArray[np.float32]
    rows: NDArray[np.intp]
    scales: NDArray[np.float32]
    hidden: NDArray[np.float32]


def make_encoder(core: Core, ground: NDArray[np.uint8]) -> Encoder:
    """Sum up what does not change.

    Args:
        core: frozen.
        ground: [n_poses, n_cells] as in ``Encoder``; where poses mean nothing, one row of zeros.
    """
    n_cells = ground.shape[1]
    n_symbols = len(core.embedding) // n_cells
    embedding = core.embedding.reshape(n_cells, n_symbols, FEATURES).copy()
    embedding[:, 0] = 0
    changes = embedding[:, None, :, :] - embedding[:, :, None, :]
    sums = np.empty((len(ground), FEATURES), dtype=np.float32)
    _sum_ground(embedding, core.embedding_bias, ground, sums)
    longest = max(n_cells, FEATURES) + BLOCK
    return Encoder(
        ground=ground,
        sums=sums,
        changes=changes.reshape(-1, FEATURES),
        n_symbols=n_symbols,
        dense=core.dense,
        dense_bias=core.dense_bias,
        rows=np.zeros(longest, dtype=np.intp),
        scales=np.zeros((1, longest), dtype=np.float32),
        hidden=np.zeros((1, FEATURES), dtype=np.float32),
    )


@compiled
def _sum_ground(
    embedding: NDArray[np.float32],
    bias: NDArray[np.float32],
    ground: NDArray[np.uint8],
    sums: NDArray[np.float32],
) -> None:
    for pose in range(len(ground)):
        if pose > 0 and np.array_equal(ground[pose], ground[0]):  # most poses lie off the map, all alike
            sums[pose] = sums[0]
            continue
        sums[pose] = bias
        for cell in range(ground.shape[1]):
            for i in range(FEATURES):
                sums[pose, i] += embedding[cell, ground[pose, cell], i]


@compiled
def encode(
    encoder: Encoder, views: NDArray[np.uint8], poses: NDArray[np.int32], features: NDArray[np.float32]
) -> None:
    """Write the features, [n, 128], of some views, [n, n_cells], from some poses, [n]."""
    rows, scales, hidden, n_symbols = encoder.rows, encoder.scales, encoder.hidden, encoder.n_symbols
    for n in range(len(views)):
        view, ground, result = views[n], encoder.ground[poses[n]], features[n : n + 1]
        count = 0
        for cell in range(len(view)):  # no branches: the next change takes the place of what is no change
            rows[count] = (cell * n_symbols + ground[cell]) * n_symbols + view[cell]
            scales[0, count] = 1
            count += view[cell] != ground[cell]
        count = pad_rows(rows, scales, count)
        hidden[0] = encoder.sums[poses[n]]
        add_products(scales[:, :count], encoder.changes, rows[:count], hidden)

        count = 0
        for unit in range(FEATURES):  # units at zero, about half of them, are left out
            rows[count] = unit
            scales[0, count] = hidden[0, unit]
            count += hidden[0, unit] > 0
        count = pad_rows(rows, scales, count)
        result[0] = encoder.dense_bias
        add_products(scales[:, :count], encoder.dense, rows[:count], result)
        for unit in range(FEATURES):
            result[0, unit] = max(result[0, unit], np.float32(0))
