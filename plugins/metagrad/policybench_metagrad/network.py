"""The incentive network."""

from __future__ import annotations

import math

import torch
from torch import nn

from policybench.neural import unset_linear


class IncentiveNetwork(nn.Module):
    """Two hidden layers (ReLU) and, through a sigmoid, an action inside the box.

    Weights and biases begin uniform up to 1 / sqrt(inputs of the layer) on either side of 0.

    Args:
        inputs: number of inputs.
        hidden: units of each hidden layer.
        low: [action_dim] the box's lower corner.
        high: [action_dim] its upper corner.
        generator: draws the weights.
    """

    low: torch.Tensor
    width: torch.Tensor

    def __init__(
        self, inputs: int, hidden: int, low: torch.Tensor, high: torch.Tensor, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.first = _layer(inputs, hidden, generator)
        self.second = _layer(hidden, hidden, generator)
        self.last = _layer(hidden, len(low), generator)
        self.register_buffer("low", low, persistent=False)
        self.register_buffer("width", high - low, persistent=False)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """The action, [action_dim], for inputs [n_inputs]."""
        hidden = torch.relu(self.second(torch.relu(self.first(inputs))))
        action: torch.Tensor = self.low + self.width * torch.sigmoid(self.last(hidden))
        return action


def _layer(inputs: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    layer = unset_linear(inputs, outputs)
    bound = 1 / math.sqrt(inputs)
    nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
    nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
    return layer
