"""The core of the followers rounded to integers, such that no sum can overflow.

Layer one, a unit: all its embeddings and its bias are multiplied by the greatest number for which the largest sum
that any view can give still fits into an int16. Layer two has the inverses of these factors in its weights, whose
sums over all inputs fit into an int32 by the same rule. What is lost is about a thousandth of a feature.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_LARGEST_SHORT, _LARGEST_INT = 2**15 - 1, 2**31 - 1


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


class QuantisedCore(NamedTuple):
    """The core in integers.

    Attributes:
        embedding: [n_cells, n_symbols, 128] int16; zeros for symbol 0.
        embedding_bias: [128] int16.
        dense: [128, 128] int16, from the first index to the second.
        dense_bias: [128] int32.
        dense_scale: [128] float32, what one is worth in a sum of the second layer.
    """

    embedding: NDArray[np.int16]
    embedding_bias: NDArray[np.int16]
    dense: NDArray[np.int16]
    dense_bias: NDArray[np.int32]
    dense_scale: NDArray[np.float32]


def quantise(core: Core, n_cells: int) -> QuantisedCore:
    """Round a core for views of some cells."""
    width = len(core.embedding_bias)
    embedding = core.embedding.astype(np.float64).reshape(n_cells, -1, width)
    embedding[:, 0] = 0
    bias = core.embedding_bias.astype(np.float64)
    highest = bias + embedding.max(axis=1).sum(axis=0)
    lowest = bias + embedding.min(axis=1).sum(axis=0)
    # Rounding adds at most half to each number.
    room = _LARGEST_SHORT - (n_cells + 1) / 2
    parts = np.abs(np.concatenate([embedding.reshape(-1, width), bias[None], highest[None], lowest[None]]))
    first = room / np.maximum(parts.max(axis=0), 1e-6)

    dense = core.dense.astype(np.float64) / first[:, None]
    dense_bias = core.dense_bias.astype(np.float64)
    inputs = np.ceil(np.maximum(highest, 0) * first + (n_cells + 1) / 2)[:, None]
    reach = np.maximum(
        (np.maximum(dense, 0) * inputs).sum(axis=0) + np.maximum(dense_bias, 0),
        (np.maximum(-dense, 0) * inputs).sum(axis=0) + np.maximum(-dense_bias, 0),
    )
    second = (_LARGEST_INT - inputs.sum() / 2 - 1) / np.maximum(reach, 1e-6)
    second = np.minimum(second, _LARGEST_SHORT / np.maximum(np.abs(dense).max(axis=0), 1e-12))
    return QuantisedCore(
        embedding=np.rint(embedding * first).astype(np.int16),
        embedding_bias=np.rint(bias * first).astype(np.int16),
        dense=np.rint(dense * second).astype(np.int16),
        dense_bias=np.rint(dense_bias * second).astype(np.int32),
        dense_scale=(1 / second).astype(np.float32),
    )
