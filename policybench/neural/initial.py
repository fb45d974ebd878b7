"""First weights of networks, which come from a principal's own stream and never from torch's global generator."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn


def torch_generator(rng: np.random.Generator) -> torch.Generator:
    """A generator for torch's functions, seeded by one draw from ``rng``.

    >>> one, two = (torch.rand(4, generator=torch_generator(np.random.default_rng(3))) for _ in range(2))
    >>> torch.equal(one, two)
    True
    """
    return torch.Generator().manual_seed(int(rng.integers(2**63)))


def unset_linear(inputs: int, outputs: int) -> nn.Linear:
    """A linear layer whose weights and biases are yet to be drawn, by ``torch.nn.init`` with a generator."""
    # On the meta device torch draws no start values of its own, from its global generator.
    return nn.Linear(inputs, outputs, device="meta").to_empty(device="cpu")
