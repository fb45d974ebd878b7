"""The loss of proximal policy optimisation (Schulman et al. 2017) for any action space."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from policybench.followers.settings import PPOSettings
from policybench.pettingzoo.decisions import Decision
from policybench.pettingzoo.observation_spaces import Seen


class Samples(NamedTuple):
    """Of n actions; values and returns are in the critic's units.

    Attributes:
        kept: what was seen, or [n, hidden] features where the core is frozen.
        mask: [n, n_choices, width], what was allowed; None: everything, always.
        agent: [n], who acted.
        choices: [n, n_choices].
        numbers: [n, n_numbers].
        log_probabilities: [n], when it was played.
        values: [n], when it was played.
        advantages: [n].
        returns: [n], the critic's targets.
    """

    kept: Seen | Tensor
    mask: Tensor | None
    agent: Tensor
    choices: Tensor
    numbers: Tensor
    log_probabilities: Tensor
    values: Tensor
    advantages: Tensor
    returns: Tensor

    def part(self, rows: Tensor) -> Samples:
        """Some of the samples."""
        return Samples(
            self.kept[rows] if isinstance(self.kept, Tensor) else _part(self.kept, rows),
            None if self.mask is None else self.mask[rows],
            *(column[rows] for column in self[2:]),
        )


def _part(seen: Seen, rows: Tensor) -> Seen:
    return Seen(seen.numbers[rows], seen.symbols[rows], tuple(image[rows] for image in seen.images))


def ppo_loss(decision: Decision, values: Tensor, batch: Samples, settings: PPOSettings) -> Tensor:
    """The loss of a minibatch.

    Args:
        decision: of the network as it is now, as are the values [n].
        values: the critic's.
        batch: what was played.
        settings: of PPO.
    """
    ratio = (decision.log_probability(batch.choices, batch.numbers) - batch.log_probabilities).exp()
    advantages = (batch.advantages - batch.advantages.mean()) / (batch.advantages.std() + 1e-8)
    bounded = ratio.clamp(1 - settings.clip, 1 + settings.clip)
    policy_loss = -torch.min(advantages * ratio, advantages * bounded).mean()
    moved = (values - batch.values).clamp(-settings.value_clip, settings.value_clip)
    errors = torch.max((values - batch.returns) ** 2, (batch.values + moved - batch.returns) ** 2)
    entropy = decision.entropy().mean()
    return policy_loss + settings.value_coefficient * errors.mean() / 2 - settings.entropy_coefficient * entropy
