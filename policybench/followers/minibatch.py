"""What an update of the followers works in: an episode's lessons, and a minibatch of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled.tiles import BLOCK
from policybench.followers.adam import LANES
from policybench.followers.encoder import FEATURES
from policybench.followers.network import Policy
from policybench.followers.settings import PPOSettings

_TILE = 8
"""Minibatches have room for whole tiles of samples."""

LESSON = np.dtype(
    [
        ("advantage", np.float32),
        ("target", np.float32),
        ("probability", np.float32),
        ("value", np.float32),
        ("action", np.int32),
        ("player", np.int32),
    ]
)
"""What a sample teaches, side by side in memory, as a shuffled epoch reads it: advantage, the critic's target,
probability of the action and value when it was played, the action, and the index of the follower."""


class Minibatch(NamedTuple):
    """The samples of a minibatch; n of them, rounded up to whole tiles.

    Attributes:
        inputs: [n_blocks, n, BLOCK] float32, what ``Policy.heads`` are multiplied with (``compiled.tiles``).
        advantages: [n] float32, normalised over the minibatch.
        targets: [n] float32.
        old_probabilities: [n] float32.
        old_values: [n] float32.
        actions: [n] int32.
        outputs: [n_outputs, n] float32: logits and, last, values.
        probabilities: [n_actions, n] float32.
        errors: [n_outputs, n] float32, d loss / d outputs.
        pulls: [n] float32, working memory.
        totals: [n] float32, working memory.
    """

    inputs: NDArray[np.float32]
    advantages: NDArray[np.float32]
    targets: NDArray[np.float32]
    old_probabilities: NDArray[np.float32]
    old_values: NDArray[np.float32]
    actions: NDArray[np.int32]
    outputs: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    errors: NDArray[np.float32]
    pulls: NDArray[np.float32]
    totals: NDArray[np.float32]


class Workspace(NamedTuple):
    """Working memory of an update.

    Attributes:
        advantages: [n_steps, n_players] float32.
        returns: [n_steps, n_players] float32, the critic's targets.
        lessons: [n_samples] LESSON.
        order: [n_samples] int32, the samples' indices as an epoch visits them.
        luck: [n_samples] float64, random numbers of a shuffle.
        batch: the minibatch.
        tails: [n_players, width - 128] float32, the inputs of each follower that are not features.
        gradient: [n_outputs, width] float32.
        squares: [LANES] float32, working memory of Adam.
    """

    advantages: NDArray[np.float32]
    returns: NDArray[np.float32]
    lessons: NDArray[np.void]
    order: NDArray[np.int32]
    luck: NDArray[np.float64]
    batch: Minibatch
    tails: NDArray[np.float32]
    gradient: NDArray[np.float32]
    squares: NDArray[np.float32]


def make_workspace(policy: Policy, n_steps: int, settings: PPOSettings, *, tangents: int = 0) -> Workspace:
    """Working memory for episodes of n_steps.

    With tangents there are so many times more rows of outputs, errors and gradient, below those of the policy
    itself (``policybench.hypergradient``).
    """
    n_outputs, width = policy.heads.shape
    n_rows = (1 + tangents) * n_outputs
    n_players = len(policy.offsets)
    n_samples = n_steps * n_players
    n = -(-settings.minibatch // _TILE) * _TILE
    floats = {name: np.zeros(n, dtype=np.float32) for name in ("advantages", "targets", "pulls", "totals")}
    return Workspace(
        advantages=np.zeros((n_steps, n_players), dtype=np.float32),
        returns=np.zeros((n_steps, n_players), dtype=np.float32),
        lessons=np.zeros(n_samples, dtype=LESSON),
        order=np.arange(n_samples, dtype=np.int32),
        luck=np.zeros(n_samples),
        batch=Minibatch(
            inputs=np.zeros((width // BLOCK, n, BLOCK), dtype=np.float32),
            old_probabilities=np.ones(n, dtype=np.float32),
            old_values=np.zeros(n, dtype=np.float32),
            actions=np.zeros(n, dtype=np.int32),
            outputs=np.zeros((n_rows, n), dtype=np.float32),
            probabilities=np.zeros((n_outputs - 1, n), dtype=np.float32),
            errors=np.zeros((n_rows, n), dtype=np.float32),
            **floats,
        ),
        tails=np.zeros((n_players, width - FEATURES), dtype=np.float32),
        gradient=np.zeros((n_rows, width), dtype=np.float32),
        squares=np.zeros(LANES, dtype=np.float32),
    )
