"""What a follower computes: features of its view by a frozen core, then action probabilities and a value.

A view is a grid of small integers, one symbol a cell. Every pair of cell and symbol has an embedding, except
that symbol 0, the bare floor, has none. The core is: sum of the embeddings and a bias -> ReLU -> dense ->
ReLU, 128 wide. Actor and critic are linear in [features, one-hot index of the follower, action of the
principal, 1]; all followers share them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.followers.linear import BLOCK, FEATURES, LANES, add_products, dot_rows, pad_rows
from policybench.followers.softmax import sample, softmax_rows
from policybench.followers.trajectory import Trajectory


class Core(NamedTuple):
    """The frozen part; all float32.

    Attributes:
        embedding: [n_cells * n_symbols, 128], row cell * n_symbols + symbol.
        embedding_bias: [128].
        dense: [128, 128], from the first index to the second.
        dense_bias: [128].
    """

    embedding: NDArray[np.float32]
    embedding_bias: NDArray[np.float32]
    dense: NDArray[np.float32]
    dense_bias: NDArray[np.float32]


class Scratch(NamedTuple):
    """Working memory of ``act``.

    Attributes:
        rows: list of rows, long enough for all cells and all units.
        scales: [1, same] their scales.
        hidden: [1, 128] first layer.
        lanes: [n_outputs, LANES].
        outputs: [n_outputs].
        logits: [n_players, n_actions].
        probabilities: [n_players, n_actions].
    """

    rows: NDArray[np.intp]
    scales: NDArray[np.float32]
    hidden: NDArray[np.float32]
    lanes: NDArray[np.float32]
    outputs: NDArray[np.float32]
    logits: NDArray[np.float32]
    probabilities: NDArray[np.float32]


class Policy(NamedTuple):
    """All that followers need in order to act.

    Attributes:
        core: frozen.
        heads: [n_actions + 1, n_inputs] float32: a row for each action's logit and, last, one for the value;
            columns: 128 features, the index of the follower, the principal's action, 1.
        action: [action_dim] float32, the principal's.
        offsets: [n_players, n_actions + 1] float32: what all inputs but the features add to the outputs;
            ``set_offsets`` computes it whenever heads or action have changed.
        scratch: working memory.
    """

    core: Core
    heads: NDArray[np.float32]
    action: NDArray[np.float32]
    offsets: NDArray[np.float32]
    scratch: Scratch


def make_policy(core: Core, heads: NDArray[np.float32], n_players: int, n_cells: int) -> Policy:
    """A policy with a copy of these heads and a principal's action of zeros."""
    n_outputs, n_inputs = heads.shape
    longest = max(n_cells, FEATURES) + BLOCK
    return Policy(
        core=core,
        heads=heads.copy(),
        action=np.zeros(n_inputs - FEATURES - n_players - 1, dtype=np.float32),
        offsets=np.zeros((n_players, n_outputs), dtype=np.float32),
        scratch=Scratch(
            rows=np.zeros(longest, dtype=np.intp),
            scales=np.zeros((1, longest), dtype=np.float32),
            hidden=np.zeros((1, FEATURES), dtype=np.float32),
            lanes=np.zeros((n_outputs, LANES), dtype=np.float32),
            outputs=np.zeros(n_outputs, dtype=np.float32),
            logits=np.zeros((n_players, n_outputs - 1), dtype=np.float32),
            probabilities=np.zeros((n_players, n_outputs - 1), dtype=np.float32),
        ),
    )


@compiled
def set_offsets(heads: NDArray[np.float32], action: NDArray[np.float32], offsets: NDArray[np.float32]) -> None:
    """Compute ``Policy.offsets``, which see."""
    n_players, n_outputs = offsets.shape
    after_index = FEATURES + n_players
    for output in range(n_outputs):
        shared = heads[output, after_index + len(action)]
        for k in range(len(action)):
            shared += heads[output, after_index + k] * action[k]
        for player in range(n_players):
            offsets[player, output] = heads[output, FEATURES + player] + shared


@compiled
def encode(
    core: Core, views: NDArray[np.uint8], n_symbols: int, scratch: Scratch, features: NDArray[np.float32]
) -> None:
    """Write the core's features, [n, 128], of some views, [n, n_cells]."""
    rows, scales, hidden = scratch.rows, scratch.scales, scratch.hidden
    for n in range(len(views)):
        view, result = views[n], features[n : n + 1]
        count = 0
        for cell in range(len(view)):  # no branches: the next symbol takes the place of floor
            rows[count] = cell * n_symbols + view[cell]
            scales[0, count] = 1
            count += view[cell] != 0
        count = pad_rows(rows, scales, count)
        hidden[0] = core.embedding_bias
        add_products(scales[:, :count], core.embedding, rows[:count], hidden)

        count = 0
        for unit in range(FEATURES):  # units at zero, about half of them, are left out
            rows[count] = unit
            scales[0, count] = hidden[0, unit]
            count += hidden[0, unit] > 0
        count = pad_rows(rows, scales, count)
        result[0] = core.dense_bias
        add_products(scales[:, :count], core.dense, rows[:count], result)
        for unit in range(FEATURES):
            result[0, unit] = max(result[0, unit], np.float32(0))


@compiled
def act(policy: Policy, trajectory: Trajectory, t: int, stream: NDArray[np.uint64]) -> None:
    """Let all followers choose their actions at step t.

    Reads ``trajectory.views[t]``; writes features, actions, probabilities and values of that step.
    """
    scratch = policy.scratch
    n_players, n_outputs = policy.offsets.shape
    n_actions = n_outputs - 1
    views = trajectory.views[t].reshape(n_players, -1)
    n_symbols = len(policy.core.embedding) // views.shape[1]
    encode(policy.core, views, n_symbols, scratch, trajectory.features[t])
    for player in range(n_players):
        dot_rows(policy.heads, trajectory.features[t, player], scratch.lanes, scratch.outputs)
        for a in range(n_actions):
            scratch.logits[player, a] = scratch.outputs[a] + policy.offsets[player, a]
        trajectory.values[t, player] = scratch.outputs[n_actions] + policy.offsets[player, n_actions]
    softmax_rows(scratch.logits, scratch.probabilities)
    for player in range(n_players):
        action = sample(scratch.probabilities[player], stream)
        trajectory.actions[t, player] = action
        trajectory.probabilities[t, player] = scratch.probabilities[player, action]
