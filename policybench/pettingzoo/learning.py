"""Followers that share one torch network and learn by PPO."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from policybench.arrays import Array, Floats
from policybench.errors import InputError
from policybench.followers.pretraining import Samples, ppo_loss
from policybench.neural.device import checked_device
from policybench.pettingzoo.advantages import estimate_advantages
from policybench.pettingzoo.network import Network, load_weights
from policybench.pettingzoo.options import FollowerSettings
from policybench.pettingzoo.rollout import Choice, Columns
from policybench.pettingzoo.views import Interface
from policybench.streams import sequence


class Followers:
    """The followers of one seed at a time; ``rollout.Policy`` is what they are to the game."""

    def __init__(self, interface: Interface, action_dim: int, settings: FollowerSettings) -> None:
        """Make the network; it is ready after ``restart``.

        Raises:
            InputError: torch does not know the device.
        """
        self.settings = settings
        self._ppo = settings.ppo()
        self._frozen = settings.core == "frozen"
        self._device = checked_device(settings.device, f"device: {settings.device!r}")
        self.network = Network(
            interface.view,
            hidden=settings.hidden,
            n_index=len(interface.agents) if settings.sees_index else 0,
            action_dim=action_dim if settings.sees_action else 0,
            n_actions=interface.n_actions,
        ).to(self._device)
        for parameter in self.network.core.parameters():
            parameter.requires_grad_(not self._frozen)
        self._action = torch.zeros(1, 0)
        self._optimiser: torch.optim.Optimizer

    def restart(self, seed: int, action: Floats) -> None:
        """Forget all learning; a seed's followers always start from the same weights.

        Args:
            seed: of random weights.
            action: [action_dim], the principal's, scaled to [-1, 1].
        """
        start = sequence(seed, 0, "initial weights").generate_state(1, np.uint64)[0]
        self.network.cpu().initialise(torch.Generator().manual_seed(int(start >> np.uint64(1))))
        if self.settings.weights is not None:
            load_weights(Path(self.settings.weights), self.network)
        self.network.to(self._device)
        self._action = torch.as_tensor(action, dtype=torch.float32, device=self._device)[None]
        learns = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        self._optimiser = torch.optim.Adam(learns, lr=self._ppo.learning_rate, eps=self._ppo.adam_epsilon)

    @torch.no_grad()
    def act(self, observations: Array, index: NDArray[np.int64]) -> Choice:
        """Probabilities and values; what is stored is observations, or features where the core is frozen."""
        seen = torch.from_numpy(observations)
        features = self.network.features(seen.to(self._device))
        logits, values = self._decide(features, index)
        probabilities = torch.softmax(logits, dim=1).cpu().numpy()
        return Choice(probabilities, values.cpu().numpy(), features if self._frozen else seen)

    @torch.no_grad()
    def values(self, observations: Array, index: NDArray[np.int64]) -> NDArray[np.float32]:
        """The critic's values."""
        features = self.network.features(torch.from_numpy(observations).to(self._device))
        values: NDArray[np.float32] = self._decide(features, index)[1].cpu().numpy()
        return values

    def learn(self, steps: Sequence[Columns], rng: np.random.Generator) -> None:
        """Update the network by PPO on what was played; the generator shuffles the samples."""
        samples = self._samples(steps)
        n = len(samples.actions)
        if n < 2:
            raise InputError("games: 1; an update needs at least two samples, and this game gives one an episode.")
        for _ in range(self._ppo.epochs):
            order = torch.from_numpy(rng.permutation(n)).to(self._device)
            # Parts of nearly equal size: advantages cannot be normalised in a last part of one sample.
            for chosen in torch.tensor_split(order, max(1, min(-(-n // self._ppo.minibatch), n // 2))):
                batch = Samples(*(column[chosen] for column in samples))
                features = batch.views if self._frozen else self.network.features(batch.views)
                logits, values = self.network(features, batch.players, batch.principal)
                self._optimiser.zero_grad()
                torch.autograd.backward(ppo_loss(logits, values, batch, self._ppo))
                nn.utils.clip_grad_norm_(self.network.parameters(), self._ppo.max_gradient_norm)
                self._optimiser.step()

    def _decide(self, features: Tensor, index: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        logits, values = self.network(
            features, torch.from_numpy(index).to(self._device), self._action.expand(len(index), -1)
        )
        return logits, values

    def _samples(self, steps: Sequence[Columns]) -> Samples:
        """Everything that was played as one batch; ``views`` are what ``act`` stored."""
        stored = torch.cat([step.stored for step in steps])
        joined = Columns(stored, *(np.concatenate(column) for column in list(zip(*steps, strict=True))[1:]))
        advantages, returns = estimate_advantages(
            joined.rewards,
            joined.values,
            joined.goes_on,
            joined.bootstrap,
            joined.track,
            discount=self._ppo.discount,
            gae_lambda=self._ppo.gae_lambda,
        )
        n = len(joined.actions)
        columns = (joined.actions, joined.probabilities, joined.values, advantages, returns)
        actions, probabilities, values, advantage, target = (torch.from_numpy(column) for column in columns)
        samples = Samples(
            views=stored,
            players=torch.from_numpy(joined.agent),
            principal=self._action.expand(n, -1),
            tasks=torch.zeros(n, dtype=torch.int64),
            actions=actions,
            probabilities=probabilities,
            values=values,
            advantages=advantage,
            returns=target,
        )
        return Samples(*(column.to(self._device) for column in samples))
