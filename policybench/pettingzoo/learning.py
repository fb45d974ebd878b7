"""The followers of a role: one torch network that acts and learns by PPO."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from policybench.arrays import Floats
from policybench.neural.device import checked_device
from policybench.pettingzoo.advantages import estimate_advantages
from policybench.pettingzoo.decisions import sample
from policybench.pettingzoo.network import Network, load_weights
from policybench.pettingzoo.observation_spaces import Seen
from policybench.pettingzoo.options import FollowerSettings
from policybench.pettingzoo.policy import Choice, Luck
from policybench.pettingzoo.ppo import Samples, ppo_loss
from policybench.pettingzoo.roles import Role
from policybench.pettingzoo.rollout import Columns


class Followers:
    """The followers of one role, for one seed at a time; ``rollout.Policy`` is what they are to the game.

    Attributes:
        network: what they compute.
        learns: whether what they see while they act counts for the scales of their inputs.
    """

    def __init__(self, role: Role, action_dim: int, settings: FollowerSettings) -> None:
        """Make the network; it is ready after ``restart``.

        Raises:
            InputError: torch does not know the device.
        """
        self.role, self.settings, self.learns = role, settings, False
        self._ppo = settings.ppo()
        self._frozen = settings.core == "frozen"
        self._device = checked_device(settings.device, f"device: {settings.device!r}")
        self.network = Network(
            role,
            hidden=settings.hidden,
            sees_index=settings.sees_index,
            action_dim=action_dim if settings.sees_action else 0,
        )
        for parameter in self.network.core.parameters():
            parameter.requires_grad_(not self._frozen)
        self._action = torch.zeros(1, 0)
        self._optimiser: torch.optim.Optimizer

    def restart(self, start: np.random.SeedSequence, action: Floats) -> None:
        """Forget all learning.

        Args:
            start: of random weights.
            action: [action_dim], the principal's, scaled to [-1, 1].
        """
        seed = start.generate_state(1, np.uint64)[0]
        self.network.cpu().initialise(torch.Generator().manual_seed(int(seed >> np.uint64(1))))
        if self.settings.weights is not None:
            load_weights(Path(self.settings.weights), self.network)
        self.network.to(self._device)
        self._action = torch.as_tensor(action, dtype=torch.float32, device=self._device)[None]
        learning = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        self._optimiser = torch.optim.Adam(learning, lr=self._ppo.learning_rate, eps=self._ppo.adam_epsilon)

    @torch.no_grad()
    def act(self, seen: Seen, index: NDArray[np.int64], mask: NDArray[np.bool_] | None, luck: Luck) -> Choice:
        """Decide; what is kept is scaled observations, or features where the core is frozen."""
        kept = self._scaled(seen, learn=self.learns)
        features = self.network.features(self._moved(kept))
        allowed = None if mask is None else torch.from_numpy(mask).to(self._device)
        decision, values = self.network(features, self._index(index), self._action.expand(len(index), -1), allowed)
        choices, numbers = sample(decision, luck.uniform, luck.normal)
        logged = decision.log_probability(
            torch.from_numpy(choices).to(self._device), torch.from_numpy(numbers).to(self._device)
        )
        return Choice(
            choices,
            numbers,
            logged.cpu().numpy(),
            self.network.in_reward_units(values).numpy(),
            features if self._frozen else kept,
        )

    @torch.no_grad()
    def values(self, seen: Seen, index: NDArray[np.int64]) -> NDArray[np.float64]:
        """The critic's values, as returns."""
        features = self.network.features(self._moved(self._scaled(seen, learn=False)))
        values = self.network.value(features, self._index(index), self._action.expand(len(index), -1))
        found: NDArray[np.float64] = self.network.in_reward_units(values).numpy()
        return found

    def learn(self, steps: Sequence[Columns], rng: np.random.Generator) -> None:
        """Update the network by PPO on what was played, two samples or more; the generator shuffles them."""
        samples = self._samples(steps)
        n = len(samples.agent)
        principal = self._action.expand(n, -1)
        for _ in range(self._ppo.epochs):
            order = torch.from_numpy(rng.permutation(n)).to(self._device)
            # Parts of nearly equal size: advantages cannot be normalised in a last part of one sample.
            for chosen in torch.tensor_split(order, max(1, min(-(-n // self._ppo.minibatch), n // 2))):
                batch = samples.part(chosen)
                features = batch.kept if isinstance(batch.kept, Tensor) else self.network.features(batch.kept)
                decision, values = self.network(features, batch.agent, principal[: len(chosen)], batch.mask)
                self._optimiser.zero_grad()
                torch.autograd.backward(ppo_loss(decision, values, batch, self._ppo))
                nn.utils.clip_grad_norm_(self.network.parameters(), self._ppo.max_gradient_norm)
                self._optimiser.step()

    def _scaled(self, seen: Seen, *, learn: bool) -> Seen:
        return Seen(
            self.network.scale(torch.from_numpy(seen.numbers), learn),
            torch.from_numpy(seen.symbols),
            tuple(torch.from_numpy(image) for image in seen.images),
        )

    def _moved(self, seen: Seen) -> Seen:
        device = self._device
        return Seen(seen.numbers.to(device), seen.symbols.to(device), tuple(i.to(device) for i in seen.images))

    def _index(self, index: NDArray[np.int64]) -> Tensor:
        return torch.from_numpy(index).to(self._device)

    def _samples(self, steps: Sequence[Columns]) -> Samples:
        """Everything that was played as one batch."""
        names = (
            "agent",
            "track",
            "choices",
            "numbers",
            "log_probabilities",
            "values",
            "rewards",
            "continues",
            "bootstrap",
        )
        joined = {name: np.concatenate([getattr(step, name) for step in steps]) for name in names}
        advantages, returns = (
            torch.from_numpy(column)
            for column in estimate_advantages(
                *(joined[name] for name in ("rewards", "values", "continues", "bootstrap", "track")),
                discount=self._ppo.discount,
                gae_lambda=self._ppo.gae_lambda,
            )
        )
        network, device = self.network, self._device
        if self.settings.normalises_returns:
            network.take_in_returns(returns)
        values = network.in_own_units(torch.from_numpy(joined["values"]))
        agent, choices, numbers, log_probabilities = (
            torch.from_numpy(joined[name]).to(device)
            for name in ("agent", "choices", "numbers", "log_probabilities")
        )
        return Samples(
            kept=self._kept(steps),
            mask=self._mask(steps),
            agent=agent,
            choices=choices,
            numbers=numbers,
            log_probabilities=log_probabilities,
            values=values.to(device),
            advantages=advantages.float().to(device),
            returns=network.in_own_units(returns).to(device),
        )

    def _kept(self, steps: Sequence[Columns]) -> Seen | Tensor:
        if self._frozen:
            return torch.cat([step.kept for step in steps])
        parts = [step.kept for step in steps]
        images = zip(*(part.images for part in parts), strict=True)
        return self._moved(
            Seen(
                torch.cat([part.numbers for part in parts]),
                torch.cat([part.symbols for part in parts]),
                tuple(torch.cat(image) for image in images),
            )
        )

    def _mask(self, steps: Sequence[Columns]) -> Tensor | None:
        if all(step.mask is None for step in steps):
            return None
        everything = self.role.does.possible[None]
        masks = [
            np.repeat(everything, len(step.agent), axis=0) if step.mask is None else step.mask for step in steps
        ]
        return torch.from_numpy(np.concatenate(masks)).to(self._device)
