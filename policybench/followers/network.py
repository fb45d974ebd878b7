"""What a follower computes: features of its view by a frozen core, then action probabilities and a value.

Actor and critic are linear in [the core's features (``encoder``), one-hot index of the follower, action of the
principal, 1]; all followers share them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.compiled.tiles import BLOCK, dot_rows
from policybench.followers.encoder import FEATURES, Encoder, encode
from policybench.followers.softmax import sample_column, softmax_columns
from policybench.followers.trajectory import Trajectory

_COLUMNS = 8


class Scratch(NamedTuple):
    """Working memory of ``act``; a column is a follower, and there are enough for whole tiles.

    Attributes:
        outputs: [n_outputs, columns] float32, logits and, last, values.
        probabilities: [n_actions, columns] float32.
        totals: [columns] float32.
    """

    outputs: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    totals: NDArray[np.float32]


class Policy(NamedTuple):
    """All that followers need in order to act.

    Attributes:
        encoder: the core, frozen.
        heads: [n_actions + 1, width] float32: a row for each action's logit and, last, one for the value;
            columns: 128 features, the index of the follower, the principal's action, 1, and zeros up to a
            multiple of ``compiled.tiles.BLOCK``.
        n_inputs: columns without the zeros.
        action: [action_dim] float32, the principal's.
        offsets: [n_players, n_actions + 1] float32: what all inputs but the features add to the outputs;
            ``set_offsets`` computes it whenever heads or action have changed.
        scratch: working memory.
    """

    encoder: Encoder
    heads: NDArray[np.float32]
    n_inputs: int
    action: NDArray[np.float32]
    offsets: NDArray[np.float32]
    scratch: Scratch


def make_policy(encoder: Encoder, heads: NDArray[np.float32], n_players: int) -> Policy:
    """A policy with a copy of these heads and a principal's action of zeros."""
    n_outputs, n_inputs = heads.shape
    padded = np.zeros((n_outputs, -(-n_inputs // BLOCK) * BLOCK), dtype=np.float32)
    padded[:, :n_inputs] = heads
    columns = -(-n_players // _COLUMNS) * _COLUMNS
    return Policy(
        encoder=encoder,
        heads=padded,
        n_inputs=n_inputs,
        action=np.zeros(n_inputs - FEATURES - n_players - 1, dtype=np.float32),
        offsets=np.zeros((n_players, n_outputs), dtype=np.float32),
        scratch=Scratch(
            outputs=np.zeros((n_outputs, columns), dtype=np.float32),
            probabilities=np.zeros((n_outputs - 1, columns), dtype=np.float32),
            totals=np.zeros(columns, dtype=np.float32),
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
def act(policy: Policy, trajectory: Trajectory, t: int, stream: NDArray[np.uint64]) -> None:
    """Let all followers choose their actions at step t.

    Reads the trajectory's views and poses at t; writes features, actions, probabilities and values. The stream,
    [4], draws the actions.
    """
    n_players = len(policy.offsets)
    n_views = len(trajectory.actions) * n_players
    views, features = trajectory.views.reshape(n_views, -1), trajectory.features.reshape(n_views, FEATURES)
    encode(policy.encoder, views, trajectory.poses.reshape(-1), features, t * n_players, (t + 1) * n_players)
    choose(policy, trajectory, t, stream)


@compiled
def choose(policy: Policy, trajectory: Trajectory, t: int, stream: NDArray[np.uint64]) -> None:
    """Let all followers choose their actions at step t, given their features, wherever those come from.

    Reads the trajectory's features at t; writes actions, probabilities and values. The stream, [4], draws the
    actions.
    """
    outputs, probabilities = policy.scratch.outputs, policy.scratch.probabilities
    n_players, n_outputs = policy.offsets.shape
    n_actions = n_outputs - 1
    features = trajectory.features.reshape(len(trajectory.actions) * n_players, FEATURES)
    heads, width = policy.heads, policy.heads.shape[1]
    n_blocks = FEATURES // BLOCK
    dot_rows(
        features,
        t * n_players * FEATURES,
        FEATURES,
        BLOCK,
        n_blocks,
        n_players,
        heads,
        width,
        n_outputs,
        outputs,
        outputs.shape[1],
    )
    for output in range(n_outputs):
        for player in range(n_players):
            outputs[output, player] += policy.offsets[player, output]
    softmax_columns(outputs, probabilities, policy.scratch.totals)
    for player in range(n_players):
        action = sample_column(probabilities, player, stream)
        trajectory.actions[t, player] = action
        trajectory.probabilities[t, player] = probabilities[action, player]
        trajectory.values[t, player] = outputs[n_actions, player]
