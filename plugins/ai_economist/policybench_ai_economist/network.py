"""Policy and value of the principal: one network, a choice of levels for each action dimension."""

from __future__ import annotations

import math

import torch
from torch import nn

from policybench.neural import unset_linear


class PolicyNetwork(nn.Module):
    """Two hidden layers (ReLU), a categorical head an action dimension, and a value head.

    Weights are orthogonal (gain sqrt 2; policy heads 0.01, value head 1), biases 0.

    Args:
        inputs: number of inputs.
        hidden: units of each hidden layer.
        dimensions: action dimensions.
        choices: choices in each of them.
        generator: draws the weights.
    """

    def __init__(
        self, inputs: int, hidden: int, dimensions: int, choices: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self._shape = (dimensions, choices)
        self.first = _layer(inputs, hidden, math.sqrt(2), generator)
        self.second = _layer(hidden, hidden, math.sqrt(2), generator)
        self.heads = nn.ModuleList(_layer(hidden, choices, 0.01, generator) for _ in range(dimensions))
        self.critic = _layer(hidden, 1, 1, generator)

    def forward(self, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probabilities [dimensions, choices] and value [] for inputs [n_inputs]."""
        hidden = torch.relu(self.second(torch.relu(self.first(inputs))))
        logits = torch.stack([head(hidden) for head in self.heads])
        return torch.log_softmax(logits, dim=-1), self.critic(hidden)[0]


def _layer(inputs: int, outputs: int, gain: float, generator: torch.Generator) -> nn.Linear:
    layer = unset_linear(inputs, outputs)
    nn.init.orthogonal_(layer.weight, gain, generator=generator)
    nn.init.zeros_(layer.bias)
    return layer
