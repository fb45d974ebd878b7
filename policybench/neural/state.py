"""Networks and Adam's moments as the plain data that ``Principal.state_dict`` may hold, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


def to_array(tensor: torch.Tensor) -> NDArray[Any]:
    """A copy of the same shape in main memory, which later training does not change."""
    copy: NDArray[Any] = np.array(tensor.detach().cpu().numpy())
    return copy


def network_state(network: nn.Module) -> dict[str, NDArray[Any]]:
    """Copies of weights and persistent buffers by name, each of its own shape."""
    return {name: to_array(value) for name, value in network.state_dict().items()}


def load_network_state(network: nn.Module, state: Mapping[str, NDArray[Any]]) -> None:
    """Put back what ``network_state`` returned, of the same shapes, on whatever device the network is."""
    network.load_state_dict({name: torch.tensor(value) for name, value in state.items()})


def adam_state(optimizer: torch.optim.Adam) -> list[dict[str, Any] | None]:
    """Number of steps and both moments for each parameter, copied; None for one that never had a gradient.

    >>> network = nn.Linear(1, 1)
    >>> adam_state(torch.optim.Adam(network.parameters()))
    [None, None]
    """
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    # Looking up what is missing would add it.
    return [_moments(optimizer.state.get(parameter, {})) for parameter in parameters]


def load_adam_state(optimizer: torch.optim.Adam, state: Sequence[Mapping[str, Any] | None]) -> None:
    """Put back what ``adam_state`` returned into an optimiser of the same parameters."""
    complete = optimizer.state_dict()
    complete["state"] = {
        index: {
            "step": torch.tensor(saved["step"]),
            "exp_avg": torch.tensor(saved["mean"]),
            "exp_avg_sq": torch.tensor(saved["square"]),
        }
        for index, saved in enumerate(state)
        if saved is not None
    }
    optimizer.load_state_dict(complete)


def _moments(known: Mapping[str, Any]) -> dict[str, Any] | None:
    if not known:
        return None
    return {
        "step": float(known["step"]),
        "mean": to_array(known["exp_avg"]),
        "square": to_array(known["exp_avg_sq"]),
    }
