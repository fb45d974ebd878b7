"""What a follower computes: features of its view by a frozen core, then action probabilities and a value.

Actor and critic are linear in [the core's features (``encoder``), one-hot index of the follower, action of the
principal, 1]; all followers share them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.followers.encoder import Encoder, encode
from policybench.followers.linear import FEATURES, LANES, dot_rows
from policybench.followers.softmax import sample, softmax_rows
from policybench.followers.trajectory import Trajectory


class Scratch(NamedTuple):
    """Working memory of ``act``.

    Attributes:
        lanes: [n_outputs, LANES].
        outputs: [n_outputs].
        logits: [n_players, n_actions].
        probabilities: [n_players, n_actions].
    """

    lanes: NDArray[np.float32]
    outputs: NDArray[np.float32]
    logits: NDArray[np.float32]
    probabilities: NDArray[np.float32]


class Policy(NamedTuple):
    """All that followers need in order to act.

    Attributes:
        encoder: the core, frozen.
        heads: [n_actions + 1, n_inputs] float32: a row for each action's logit and, last, one for the value;
            columns: 128 features, the index of the follower, the principal's action, 1.
        action: [action_dim] float32, the principal's.
        offsets: [n_players, n_actions + 1] float32: what all inputs but the features add to the outputs;
            ``set_offsets`` computes it whenever heads or action have changed.
        scratch: working memory.
    """

    encoder: Encoder
    heads: NDArray[np.float32]
    action: NDArray[np.float32]
    offsets: NDArray[np.float32]
    scratch: Scratch


def make_policy(encoder: Encoder, heads: NDArray[np.float32], n_players: int) -> Policy:
    """A policy with a copy of these heads and a principal's action of zeros."""
    n_outputs, n_inputs = heads.shape
    return Policy(
        encoder=encoder,
        heads=heads.copy(),
        action=np.zeros(n_inputs - FEATURES - n_players - 1, dtype=np.float32),
        offsets=np.zeros((n_players, n_outputs), dtype=np.float32),
        scratch=Scratch(
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
def act(policy: Policy, trajectory: Trajectory, t: int, stream: NDArray[np.uint64]) -> None:
    """Let all followers choose their actions at step t.

    Reads the trajectory's views and poses at t; writes features, actions, probabilities and values. The stream,
    [4], draws the actions.
    """
    views = trajectory.views[t].reshape(len(policy.offsets), -1)
    encode(policy.encoder, views, trajectory.poses[t], trajectory.features[t])
    choose(policy, trajectory, t, stream)


@compiled
def choose(policy: Policy, trajectory: Trajectory, t: int, stream: NDArray[np.uint64]) -> None:
    """Let all followers choose their actions at step t, given their features, wherever those come from.

    Reads the trajectory's features at t; writes actions, probabilities and values. The stream, [4], draws the
    actions.
    """
    scratch = policy.scratch
    n_players, n_outputs = policy.offsets.shape
    n_actions = n_outputs - 1
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
