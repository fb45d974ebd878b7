"""The torch twin of core and heads, which pre-training makes; the only module besides it that imports torch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from policybench_gather_trade_build.core import (
    ACTOR_FEATURES,
    BODY,
    CLOSED_LOGIT,
    CRITIC_FEATURES,
    N_SMOOTH,
    WIDTH,
)
from policybench_gather_trade_build.options import N_OPTIONS
from policybench_gather_trade_build.rules import N_AGENTS, N_BRACKETS
from policybench_gather_trade_build.senses import N_SENSES

CLIP, VALUE_COEFFICIENT = 0.2, 0.5


class Batch(NamedTuple):
    """Samples of n steps of agents; first axis n.

    Attributes:
        senses: [n, N_SENSES].
        closed: [n, 12], 1 for options that lead nowhere.
        options: [n] int64, those taken.
        probabilities: [n], of those.
        advantages: [n].
        returns: [n], the critic's targets.
    """

    senses: Tensor
    closed: Tensor
    options: Tensor
    probabilities: Tensor
    advantages: Tensor
    returns: Tensor


class TraderNetwork(nn.Module):
    """An actor and a critic with bodies of their own."""

    def __init__(self) -> None:
        """Orthogonal initial weights."""
        super().__init__()
        self.actor = _body(ACTOR_FEATURES)
        self.critic = _body(CRITIC_FEATURES)
        self.choice = _dense(ACTOR_FEATURES, N_OPTIONS, 0.01)
        self.value = _dense(CRITIC_FEATURES, 1, 1.0)

    def forward(self, senses: Tensor, closed: Tensor) -> tuple[Tensor, Tensor]:
        """Logits, [n, 12], and values, [n], of senses [n, N_SENSES] and closed options [n, 12]."""
        logits = self.choice(self.actor(senses)) + CLOSED_LOGIT * closed
        return logits, self.value(self.critic(senses)).squeeze(1)

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """Core and heads as they are kept on disk (``core``): the two bodies side by side."""
        parts = {
            "embedding": torch.zeros(N_SENSES, WIDTH),
            "embedding_bias": torch.zeros(WIDTH),
            "dense": torch.zeros(WIDTH, WIDTH),
            "dense_bias": torch.zeros(WIDTH),
            "heads": torch.zeros(N_OPTIONS + 1, WIDTH + N_AGENTS + N_BRACKETS + 1),
        }
        heads = parts["heads"]
        with torch.no_grad():
            for body, hidden, features in (
                (self.actor, slice(0, BODY), slice(0, ACTOR_FEATURES)),
                (self.critic, slice(BODY, WIDTH), slice(ACTOR_FEATURES, N_SMOOTH)),
            ):
                lower, upper = (layer for layer in body if isinstance(layer, nn.Linear))
                parts["embedding"][:, hidden], parts["embedding_bias"][hidden] = lower.weight.T, lower.bias
                parts["dense"][hidden, features], parts["dense_bias"][features] = upper.weight.T, upper.bias
            heads[:N_OPTIONS, :ACTOR_FEATURES], heads[:N_OPTIONS, -1] = self.choice.weight, self.choice.bias
            heads[N_OPTIONS:, ACTOR_FEATURES:N_SMOOTH], heads[N_OPTIONS:, -1] = self.value.weight, self.value.bias
            heads[:N_OPTIONS, N_SMOOTH:WIDTH] = CLOSED_LOGIT * torch.eye(N_OPTIONS)
        return {name: part.numpy() for name, part in parts.items()}


def ppo_loss(logits: Tensor, values: Tensor, batch: Batch, entropy_coefficient: float) -> Tensor:
    """The loss of PPO (Schulman et al. 2017), advantages normalised over the minibatch, values not clipped."""
    log_probabilities = torch.log_softmax(logits, dim=1)
    probabilities = log_probabilities.exp()
    ratio = probabilities.gather(1, batch.options[:, None]).squeeze(1) / batch.probabilities
    advantages = (batch.advantages - batch.advantages.mean()) / (batch.advantages.std() + 1e-8)
    bounded = ratio.clamp(1 - CLIP, 1 + CLIP)
    policy_loss = -torch.min(advantages * ratio, advantages * bounded).mean()
    value_loss = ((values - batch.returns) ** 2).mean() / 2
    entropy = -(probabilities * log_probabilities).sum(dim=1).mean()
    return policy_loss + VALUE_COEFFICIENT * value_loss - entropy_coefficient * entropy


def _body(n_features: int) -> nn.Sequential:
    return nn.Sequential(_dense(N_SENSES, BODY, 2**0.5), nn.Tanh(), _dense(BODY, n_features, 2**0.5), nn.Tanh())


def _dense(n_inputs: int, n_outputs: int, gain: float) -> nn.Linear:
    layer = nn.Linear(n_inputs, n_outputs)
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer
