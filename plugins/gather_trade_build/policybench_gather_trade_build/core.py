"""The frozen core of the followers: 128 features of what a follower senses.

Two bodies side by side, each of two dense layers with tanh, 64 wide: one makes the 64 features that the actor was
pre-trained with, the other the critic's 52. On disk they are one core 128 wide, as those of grid worlds are
(``policybench.followers``), with the numbers that are sensed in the place of its symbols. Twelve more features say
which options are closed; the actor's weights on them make those all but impossible, so that the heads stay linear
and learn by the same PPO as elsewhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench import InputError
from policybench.compiled import compiled
from policybench.followers import Followers, PPOSettings, exp_negative, load_weights
from policybench_gather_trade_build.options import N_OPTIONS
from policybench_gather_trade_build.rules import N_AGENTS
from policybench_gather_trade_build.senses import N_SENSES

WIDTH = 128
N_BODIES = 2
BODY = WIDTH // N_BODIES
ACTOR_FEATURES, CRITIC_FEATURES = 64, 52
N_SMOOTH = ACTOR_FEATURES + CRITIC_FEATURES

CLOSED_LOGIT = -30.0
"""What being closed adds to the logit of an option."""

SETTINGS = PPOSettings(
    learning_rate=1e-4, minibatch=1000, value_clip=float("inf"), entropy_coefficient=0.01, max_gradient_norm=10.0
)
"""How the heads learn in a principal step; at a higher learning rate payoffs differ more between seeds."""

_ONE, _TWO = np.float32(1), np.float32(2)


class Core(NamedTuple):
    """The core, and what it is given; the first body is the actor's.

    Attributes:
        first: [2, N_SENSES, 64] float32, of each body, from the second index to the third.
        first_bias: [2, 64] float32.
        second: [2, 64, 64] float32; of the critic's the last twelve columns are not used.
        second_bias: [2, 64] float32.
        senses: [4, N_SENSES] float32, what followers sense now, by rank.
        closed: [4, 12] float32, 1 for options that lead nowhere.
        hidden: [64] float32, working memory: the first layer.
    """

    first: NDArray[np.float32]
    first_bias: NDArray[np.float32]
    second: NDArray[np.float32]
    second_bias: NDArray[np.float32]
    senses: NDArray[np.float32]
    closed: NDArray[np.float32]
    hidden: NDArray[np.float32]


def load_followers(path: Path, n_steps: int) -> tuple[Core, Followers]:
    """The four agents as learning followers, for episodes of some length; the core's weights are in a file.

    Raises:
        InputError: the file holds no weights, or those of another game.
    """
    weights = load_weights(path)
    layers = weights.core
    across = layers.dense[:BODY, BODY:].any() or layers.dense[BODY:, :BODY].any()
    if layers.embedding.shape != (N_SENSES, WIDTH) or across:
        raise InputError(f"weights {path}: a core of another game; expected a file written by pre-training")
    core = Core(
        first=np.stack(np.split(layers.embedding, N_BODIES, axis=1)),
        first_bias=layers.embedding_bias.reshape(N_BODIES, BODY),
        second=np.stack([layers.dense[:BODY, :BODY], layers.dense[BODY:, BODY:]]),
        second_bias=layers.dense_bias.reshape(N_BODIES, BODY),
        senses=np.zeros((N_AGENTS, N_SENSES), dtype=np.float32),
        closed=np.zeros((N_AGENTS, N_OPTIONS), dtype=np.float32),
        hidden=np.zeros(BODY, dtype=np.float32),
    )
    # There is no grid to look at, and no bare ground.
    ground = np.zeros((1, N_SENSES), dtype=np.uint8)
    return core, Followers(
        weights, n_steps=n_steps, n_players=N_AGENTS, view=(1, 1), ground=ground, settings=SETTINGS
    )


@compiled
def encode(core: Core, features: NDArray[np.float32]) -> None:
    """Write the features of what followers sense, [4, 128]."""
    for player in range(N_AGENTS):
        for body in range(N_BODIES):
            made = features[player, body * BODY : (body + 1) * BODY]
            _layer(core.senses[player], core.first[body], core.first_bias[body], core.hidden)
            _layer(core.hidden, core.second[body], core.second_bias[body], made)
        for option in range(N_OPTIONS):
            features[player, N_SMOOTH + option] = core.closed[player, option]


@compiled
def _layer(
    inputs: NDArray[np.float32],
    weights: NDArray[np.float32],
    bias: NDArray[np.float32],
    sums: NDArray[np.float32],
) -> None:
    """A dense layer with tanh. Sums run over the inputs in one order, in arithmetic alike everywhere."""
    for i in range(BODY):
        sums[i] = bias[i]
    for k in range(0, len(inputs), 4):
        p, q, r, s = inputs[k], inputs[k + 1], inputs[k + 2], inputs[k + 3]
        a, b, c, d = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
        for i in range(BODY):
            sums[i] += (p * a[i] + q * b[i]) + (r * c[i] + s * d[i])
    for i in range(BODY):
        e = exp_negative(-_TWO * abs(sums[i]))
        size = (_ONE - e) / (_ONE + e)
        sums[i] = size if sums[i] >= 0 else -size
