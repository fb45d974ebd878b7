"""Pre-training of the core: PPO on the whole network, by torch; the only module here that imports it.

Episodes are played by the same compiled code as later; torch sees what they left behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from policybench.followers.core import Core
from policybench.followers.encoder import FEATURES, make_encoder
from policybench.followers.gae import estimate_advantages
from policybench.followers.network import make_policy, set_offsets
from policybench.followers.settings import PPOSettings
from policybench.followers.training import Play
from policybench.followers.trajectory import Trajectory, make_trajectory
from policybench.followers.weights import Weights
from policybench.streams import generator, kernel_stream


class Shape(NamedTuple):
    """The sizes of a game that a network is made for."""

    n_players: int
    n_actions: int
    n_symbols: int
    view: tuple[int, int]
    action_dim: int


class FollowerNetwork(nn.Module):
    """The torch twin of core and heads: one core, and an actor and a critic for each task.

    A task is an action of the principal that followers learn to respond to. As all tasks share the core, its
    features come to serve all these responses.
    """

    def __init__(self, shape: Shape, n_tasks: int = 1) -> None:
        """Initial weights: embeddings normal with deviation 0.1, all else orthogonal."""
        super().__init__()
        self.shape = shape
        self.n_tasks = n_tasks
        n_cells = shape.view[0] * shape.view[1]
        n_inputs = FEATURES + shape.n_players + shape.action_dim + 1
        self.embedding = nn.Linear(n_cells * shape.n_symbols, FEATURES)
        self.dense = nn.Linear(FEATURES, FEATURES)
        self.actors = nn.Linear(n_inputs, n_tasks * shape.n_actions, bias=False)
        self.critics = nn.Linear(n_inputs, n_tasks, bias=False)
        nn.init.normal_(self.embedding.weight, std=0.1)
        nn.init.zeros_(self.embedding.bias)
        nn.init.orthogonal_(self.dense.weight, 2**0.5)
        nn.init.zeros_(self.dense.bias)
        nn.init.orthogonal_(self.actors.weight, 0.01)
        nn.init.orthogonal_(self.critics.weight, 1.0)

    def features(self, views: Tensor) -> Tensor:
        """The core's output, [n, 128], for views, [n, n_cells] of symbols; symbol 0 has no embedding."""
        n_cells, n_symbols = views.shape[1], self.shape.n_symbols
        present = torch.zeros(len(views), n_cells * n_symbols, device=views.device)
        columns = torch.arange(n_cells, device=views.device) * n_symbols + views
        present.scatter_(1, columns, (views != 0).float())
        hidden = functional.relu(self.embedding(present))
        return functional.relu(self.dense(hidden))

    def forward(self, views: Tensor, players: Tensor, actions: Tensor, tasks: Tensor) -> tuple[Tensor, Tensor]:
        """Logits, [n, n_actions], and values, [n].

        Args:
            views: [n, n_cells] symbols.
            players: [n] int64, the followers' indices.
            actions: [n, action_dim], the principal's.
            tasks: [n] int64, whose actor and critic to ask.
        """
        index = functional.one_hot(players, self.shape.n_players).float()
        inputs = torch.cat([self.features(views), index, actions, torch.ones_like(actions[:, :1])], dim=1)
        logits = self.actors(inputs).view(len(views), self.n_tasks, -1)
        rows = torch.arange(len(views), device=views.device)
        return logits[rows, tasks], self.critics(inputs)[rows, tasks]

    def copy_heads(self, task: int) -> None:
        """Give the actor and the critic of this task to all tasks."""
        with torch.no_grad():
            actors = self.actors.weight.view(self.n_tasks, self.shape.n_actions, -1)
            actors.copy_(actors[task].clone().expand_as(actors))
            self.critics.weight.copy_(self.critics.weight[task].clone().expand_as(self.critics.weight))

    def core(self) -> Core:
        """The core for compiled code."""
        parts = (self.embedding.weight.T, self.embedding.bias, self.dense.weight.T, self.dense.bias)
        return Core(*(_to_array(part) for part in parts))

    def heads(self, task: int) -> NDArray[np.float32]:
        """Actor and critic of a task for compiled code."""
        actor = self.actors.weight.view(self.n_tasks, self.shape.n_actions, -1)[task]
        return _to_array(torch.cat([actor, self.critics.weight[task : task + 1]]))


def starting_weights(
    network: FollowerNetwork, mixture: Sequence[float], *, feature_scale: float = 1.0, seed: int
) -> Weights:
    """What principal steps start from.

    Args:
        network: after pre-training.
        mixture: the starting actor is the sum of the tasks' actors, times these weights. Weights that add up
            to less than 1 make it less certain of its actions, so that it can soon learn others.
        feature_scale: the core's features are multiplied and the weights on them divided by this. It changes
            no output, but as Adam's steps have a fixed size, outputs then move faster or slower.
        seed: of the critic, a random vector of unit length.
    """
    core = network.core()
    scale = np.float32(feature_scale)
    core = core._replace(dense=core.dense * scale, dense_bias=core.dense_bias * scale)
    heads = np.sum([weight * network.heads(task) for task, weight in enumerate(mixture)], axis=0)
    critic = np.random.default_rng(seed).normal(size=heads.shape[1])
    heads[-1] = critic / np.linalg.norm(critic)
    heads[:, :FEATURES] /= scale
    return Weights(core, heads.astype(np.float32))


class Stage(NamedTuple):
    """A stage of pre-training.

    Attributes:
        name: the stage's random streams are named after it.
        actions: the principal's action in each task that the stage trains; an update's episodes take turns.
        updates: how many.
        games: episodes an update.
        settings: of PPO.
        decay: the learning rate falls linearly as if to reach 0 after this many updates; None keeps it.
    """

    name: str
    actions: tuple[tuple[float, ...], ...]
    updates: int
    games: int
    settings: PPOSettings
    decay: int | None = None


def train_network(
    network: FollowerNetwork, stage: Stage, play: Play, ground: NDArray[np.uint8], *, seed: int, n_steps: int
) -> Iterator[tuple[int, int]]:
    """Train all weights by PPO.

    Args:
        network: is changed.
        stage: what to do.
        play: plays an episode.
        ground: [n_poses, n_cells], what views show of the bare ground (``encoder.Encoder``).
        seed: of games, actions and minibatches.
        n_steps: length of an episode.

    Yields:
        The number of the update and that of the task, after each episode.
    """
    shape, settings = network.shape, stage.settings
    device = network.dense.weight.device
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate, eps=settings.adam_epsilon)
    trajectories = [make_trajectory(n_steps, shape.n_players, shape.view) for _ in range(stage.games)]
    tasks = [game % len(stage.actions) for game in range(stage.games)]
    actions = np.array([stage.actions[task] for task in tasks], dtype=np.float32)
    for update in range(stage.updates):
        encoder = make_encoder(network.core(), ground)
        for game, (task, trajectory) in enumerate(zip(tasks, trajectories, strict=True)):
            policy = make_policy(encoder, network.heads(task), shape.n_players)
            policy.action[:] = actions[game]
            set_offsets(policy.heads, policy.action, policy.offsets)
            play(
                policy,
                trajectory,
                kernel_stream(seed, update, f"{stage.name} game", game),
                kernel_stream(seed, update, f"{stage.name} actions", game),
            )
            yield update, task
        if stage.decay is not None:
            optimiser.param_groups[0]["lr"] = settings.learning_rate * (1 - update / stage.decay)
        samples = [
            Samples.of(trajectory, action, task, settings)
            for trajectory, action, task in zip(trajectories, actions, tasks, strict=True)
        ]
        joined = Samples(*(torch.cat(parts).to(device) for parts in zip(*samples, strict=True)))
        _learn(network, optimiser, joined, settings, generator(seed, update, f"{stage.name} minibatches"))


class Samples(NamedTuple):
    """Flattened episodes, of n = n_steps * n_players samples each; first axis n."""

    views: Tensor
    players: Tensor
    principal: Tensor
    tasks: Tensor
    actions: Tensor
    probabilities: Tensor
    values: Tensor
    advantages: Tensor
    returns: Tensor

    @classmethod
    def of(cls, trajectory: Trajectory, action: NDArray[np.float32], task: int, settings: PPOSettings) -> Samples:
        """The samples of one episode under a principal's action."""
        n_steps, n_players = trajectory.actions.shape
        n = n_steps * n_players
        advantages, returns = np.empty_like(trajectory.values), np.empty_like(trajectory.values)
        estimate_advantages(
            trajectory.rewards,
            trajectory.values,
            settings.discount,
            settings.gae_lambda,
            advantages,
            returns,
        )
        return cls(
            views=torch.tensor(trajectory.views.reshape(n, -1)),
            players=torch.arange(n_players).repeat(n_steps),
            principal=torch.tensor(action).repeat(n, 1),
            tasks=torch.full((n,), task),
            actions=torch.tensor(trajectory.actions.ravel(), dtype=torch.int64),
            probabilities=torch.tensor(trajectory.probabilities.ravel()),
            values=torch.tensor(trajectory.values.ravel()),
            advantages=torch.tensor(advantages.ravel()),
            returns=torch.tensor(returns.ravel()),
        )


def _learn(
    network: FollowerNetwork,
    optimiser: torch.optim.Optimizer,
    samples: Samples,
    settings: PPOSettings,
    rng: np.random.Generator,
) -> None:
    for _ in range(settings.epochs):
        order = torch.from_numpy(rng.permutation(len(samples.actions)))
        for chosen in torch.split(order, settings.minibatch):
            batch = Samples(*(column[chosen] for column in samples))
            logits, values = network(batch.views, batch.players, batch.principal, batch.tasks)
            optimiser.zero_grad()
            torch.autograd.backward(ppo_loss(logits, values, batch, settings))
            nn.utils.clip_grad_norm_(network.parameters(), settings.max_gradient_norm)
            optimiser.step()


def ppo_loss(logits: Tensor, values: Tensor, batch: Samples, settings: PPOSettings) -> Tensor:
    """The loss that ``policybench.followers.ppo`` states, of a minibatch."""
    log_probabilities = torch.log_softmax(logits, dim=1)
    probabilities = log_probabilities.exp()
    ratio = probabilities.gather(1, batch.actions[:, None]).squeeze(1) / batch.probabilities
    advantages = (batch.advantages - batch.advantages.mean()) / (batch.advantages.std() + 1e-8)
    bounded = ratio.clamp(1 - settings.clip, 1 + settings.clip)
    policy_loss = -torch.min(advantages * ratio, advantages * bounded).mean()
    moved = (values - batch.values).clamp(-settings.value_clip, settings.value_clip)
    errors = torch.max((values - batch.returns) ** 2, (batch.values + moved - batch.returns) ** 2)
    entropy = -(probabilities * log_probabilities).sum(dim=1).mean()
    return policy_loss + settings.value_coefficient * errors.mean() / 2 - settings.entropy_coefficient * entropy


def _to_array(tensor: Tensor) -> NDArray[np.float32]:
    return np.array(tensor.detach().cpu().numpy(), dtype=np.float32, order="C")
