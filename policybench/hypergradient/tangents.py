"""What followers know while they learn, and beside it the derivatives of that by the principal's action."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.compiled.tiles import BLOCK, dot_rows
from policybench.followers.adam import Adam
from policybench.followers.encoder import FEATURES
from policybench.followers.minibatch import Workspace
from policybench.followers.network import Policy
from policybench.followers.softmax import softmax_columns


class Learner(NamedTuple):
    """Heads and optimiser, each a table: first the rows of the values, then as many of their tangents.

    Tangents are derivatives by one number of the action after another: those by the number k have the rows from
    ``(1 + k) * n_outputs`` on. A minibatch's outputs, errors and gradient (``followers.minibatch``) are tables of
    the same rows, so that a product for the values is one for the tangents, too.

    Attributes:
        table: [(1 + action_dim) * n_outputs, width] float32, the heads.
        heads: [n_outputs, width] the values in ``table``; the same memory.
        first: [(1 + action_dim) * n_outputs, width] float32, Adam's mean of gradients.
        second: the same of their squares.
        adam: the values in ``first`` and ``second``, and the powers of beta.
    """

    table: NDArray[np.float32]
    heads: NDArray[np.float32]
    first: NDArray[np.float32]
    second: NDArray[np.float32]
    adam: Adam


class Tangents(NamedTuple):
    """Derivatives of what an episode teaches; the last two axes are its steps and followers.

    Attributes:
        rewards: [action_dim, n_steps, n_players] float32.
        advantages: of the same shape, not normalised.
        targets: of the same shape, the critic's.
        logs: of the same shape, log-probabilities of the actions taken, while they were.
    """

    rewards: NDArray[np.float32]
    advantages: NDArray[np.float32]
    targets: NDArray[np.float32]
    logs: NDArray[np.float32]


def make_learner(policy: Policy, adam: Adam) -> Learner:
    """A copy of what followers know now, which does not depend on the action yet."""
    n_outputs = len(policy.heads)
    tables = []
    for values in (policy.heads, adam.first, adam.second):
        table = np.zeros(((1 + len(policy.action)) * n_outputs, values.shape[1]), dtype=np.float32)
        table[:n_outputs] = values
        tables.append(table)
    table, first, second = tables
    remembered = Adam(first[:n_outputs], second[:n_outputs], adam.powers.copy())
    return Learner(table, table[:n_outputs], first, second, remembered)


def make_tangents(reward_slopes: NDArray[np.floating]) -> Tangents:
    """Those of an episode whose rewards have these derivatives, [n_steps, n_players, action_dim]."""
    rewards = np.ascontiguousarray(np.moveaxis(reward_slopes, -1, 0), dtype=np.float32)
    return Tangents(rewards, np.zeros_like(rewards), np.zeros_like(rewards), np.zeros_like(rewards))


@compiled
def compute_outputs(learner: Learner, n: int, column: int, work: Workspace) -> None:
    """Write the outputs of the first n samples of a minibatch, their tangents, and the probabilities.

    Outputs are heads @ inputs, and the inputs from ``column`` on are the action: their tangents are
    tangents of heads @ inputs + the heads' columns there.
    """
    batch, heads, table = work.batch, learner.heads, learner.table
    size, n_blocks, width = len(batch.advantages), len(batch.inputs), table.shape[1]
    n_outputs = len(heads)
    dot_rows(batch.inputs, 0, BLOCK, size * BLOCK, n_blocks, n, table, width, len(table), batch.outputs, size)
    for k in range(len(table) // n_outputs - 1):
        for output in range(n_outputs):
            row = (1 + k) * n_outputs + output
            for i in range(n):
                batch.outputs[row, i] += heads[output, column + k]
    softmax_columns(batch.outputs, batch.probabilities, batch.totals)


@compiled
def action_column(n_players: int) -> int:
    """The first of the inputs that are the principal's action (``followers.network``)."""
    return FEATURES + n_players
