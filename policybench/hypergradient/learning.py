"""PPO of linear heads on frozen features, with the derivatives of all that is learned by the principal's action.

Forward-mode differentiation of ``policybench.followers.ppo.update``, with its formulas and in its arithmetic: what
is learned here has the same bytes as there. The large sums for the tangents are those of the kernels on a taller
table of heads. An action has few numbers, so that this costs less than going backwards would, and needs no record
of the way.

Features, actions and luck are constants. The action acts through the rewards, through the values that play was
compared with, and through the inputs of the heads that are the action itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.compiled.tiles import BLOCK, add_outer_products
from policybench.followers.adam import apply_gradient
from policybench.followers.gae import estimate_advantages
from policybench.followers.minibatch import Workspace
from policybench.followers.network import Policy
from policybench.followers.ppo import collect, compute_errors, shuffle, write_lessons
from policybench.followers.settings import PPOSettings
from policybench.followers.trajectory import Trajectory
from policybench.hypergradient.adam import apply_gradient_tangents
from policybench.hypergradient.errors import compute_error_tangents, normalise_tangents
from policybench.hypergradient.tangents import Learner, Tangents, action_column, compute_outputs


@compiled
def learn(
    learner: Learner,
    policy: Policy,
    trajectory: Trajectory,
    tangents: Tangents,
    settings: PPOSettings,
    work: Workspace,
    stream: NDArray[np.uint64],
) -> None:
    """Learn from one episode as ``followers.ppo.update`` does, tangents too.

    Args:
        learner: changed.
        policy: who played; its action is read.
        trajectory: the episode.
        tangents: of the rewards are read, all others are written.
        settings: of PPO.
        work: with room for as many tangents as the action has numbers.
        stream: [4] shuffles the samples.
    """
    begin_learning(learner, policy, trajectory, tangents, settings, work)
    order = work.order
    for _ in range(settings.epochs):
        shuffle(order, work.luck, stream)
        for start in range(0, len(order), settings.minibatch):
            stop = min(start + settings.minibatch, len(order))
            compute_gradient_tangents(learner, trajectory, tangents, start, stop, settings, work)
            n_outputs = len(learner.heads)
            apply_gradient(learner.heads, learner.adam, work.gradient[:n_outputs], work.squares, settings)
            apply_gradient_tangents(learner, work.gradient, work.squares, settings)


@compiled
def begin_learning(
    learner: Learner,
    policy: Policy,
    trajectory: Trajectory,
    tangents: Tangents,
    settings: PPOSettings,
    work: Workspace,
) -> None:
    """Write what an episode teaches, and the tangents of that, which are linear in those of rewards and values."""
    write_lessons(policy, trajectory, settings, work)
    n_dimensions, n_steps, n_players = tangents.rewards.shape
    column = action_column(n_players)
    values = np.empty((n_steps, n_players), dtype=np.float32)
    for k in range(n_dimensions):
        values[:] = learner.heads[-1, column + k]
        estimate_advantages(
            tangents.rewards[k],
            values,
            settings.discount,
            settings.gae_lambda,
            tangents.advantages[k],
            tangents.targets[k],
        )
    derive_logs(learner, trajectory, work, tangents.logs)


@compiled
def derive_logs(learner: Learner, trajectory: Trajectory, work: Workspace, logs: NDArray[np.float32]) -> None:
    """Write the tangents of the log-probabilities of an episode's actions, [action_dim, n_steps, n_players].

    Brings ``work.order`` into the order of the episode; ``work.lessons`` and ``work.tails`` are read.
    """
    n_dimensions, n_steps, n_players = logs.shape
    flat = logs.reshape(n_dimensions, n_steps * n_players)
    batch, order = work.batch, work.order
    n_outputs, n_actions = len(learner.heads), len(batch.probabilities)
    for i in range(len(order)):
        order[i] = i
    size = len(batch.advantages)
    for start in range(0, len(order), size):
        stop = min(start + size, len(order))
        collect(trajectory, start, stop, work)
        compute_outputs(learner, stop - start, action_column(n_players), work)
        for k in range(n_dimensions):
            row = (1 + k) * n_outputs
            for i in range(stop - start):
                mean = np.float32(0)
                for a in range(n_actions):
                    mean += batch.probabilities[a, i] * batch.outputs[row + a, i]
                flat[k, start + i] = batch.outputs[row + batch.actions[i], i] - mean


@compiled
def compute_gradient_tangents(
    learner: Learner,
    trajectory: Trajectory,
    tangents: Tangents,
    start: int,
    stop: int,
    settings: PPOSettings,
    work: Workspace,
) -> None:
    """Write the loss's gradient over a minibatch to ``work.gradient``, and its tangents below it.

    The arguments are those of ``followers.ppo.compute_gradient``. The gradient is a sum of outer products of
    errors and inputs. Its tangent is that of the errors' tangents and inputs; where the input is the action's
    number itself, the sum of the errors is added, which the gradient has in the column of the input 1.
    """
    batch, gradient = work.batch, work.gradient
    n, size, n_outputs, width = stop - start, len(batch.advantages), len(learner.heads), gradient.shape[1]
    n_dimensions, _, n_players = tangents.rewards.shape
    column = action_column(n_players)
    deviation = collect(trajectory, start, stop, work)
    compute_outputs(learner, n, column, work)
    compute_errors(batch, n, settings)
    advantages, targets, logs = np.empty((3, n), dtype=np.float32)
    for k in range(n_dimensions):
        for i in range(n):
            t, player = divmod(work.order[start + i], n_players)
            advantages[i] = tangents.advantages[k, t, player]
            targets[i] = tangents.targets[k, t, player]
            logs[i] = tangents.logs[k, t, player]
        normalise_tangents(advantages, batch.advantages, deviation)
        compute_error_tangents(batch, (1 + k) * n_outputs, advantages, targets, logs, settings)
    add_outer_products(
        batch.errors, size, len(gradient), batch.inputs, BLOCK, size * BLOCK, len(batch.inputs), n, gradient, width
    )
    for k in range(n_dimensions):
        for output in range(n_outputs):
            gradient[(1 + k) * n_outputs + output, column + k] += gradient[output, column + n_dimensions]


@compiled
def sum_logs(logs: NDArray[np.float32], weights: NDArray[np.float64], sums: NDArray[np.float64]) -> None:
    """Add weighted sums over an episode to sums, [2, action_dim].

    Args:
        logs: [action_dim, n_steps, n_players], those of ``derive_logs``.
        weights: [n_steps, 2], those of ``surrogate_weights``.
        sums: changed.
    """
    n_dimensions, n_steps, n_players = logs.shape
    for k in range(n_dimensions):
        for t in range(n_steps):
            for player in range(n_players):
                for kind in range(2):
                    sums[kind, k] += weights[t, kind] * logs[k, t, player]
