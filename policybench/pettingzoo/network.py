"""What followers compute: a core that sees, a trunk that knows who and under which action, actor and critic."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from policybench.errors import InputError
from policybench.pettingzoo.views import View

_CHANNELS = (16, 32)


class Network(nn.Module):
    """One network for all followers.

    Observations go through the core, [hidden] features: one dense layer for vectors and symbols, two
    convolutions and a dense layer for images. The trunk, one dense layer, sees the features, the one-hot index
    of the follower and the principal's action. Actor and critic are linear in its output.
    """

    def __init__(self, view: View, *, hidden: int, n_index: int, action_dim: int, n_actions: int) -> None:
        """Make a network with unset weights; see ``initialise``.

        Args:
            view: what is seen.
            hidden: width of the layers.
            n_index: length of the one-hot index; 0 leaves it out.
            action_dim: length of the principal's action; 0 leaves it out.
            n_actions: what followers choose from.
        """
        super().__init__()
        self.view, self.n_index, self.action_dim = view, n_index, action_dim
        self.core = _make_core(view, hidden)
        self.trunk = nn.Linear(hidden + n_index + action_dim, hidden)
        self.actor = nn.Linear(hidden, n_actions)
        self.critic = nn.Linear(hidden, 1)

    def initialise(self, generator: torch.Generator) -> None:
        """Draw weights: orthogonal, biases 0; the actor's are small, so that at first all actions are likely."""
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                gain = 0.01 if module is self.actor else 1.0 if module is self.critic else 2**0.5
                nn.init.orthogonal_(module.weight, gain, generator=generator)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def features(self, observations: Tensor) -> Tensor:
        """The core's output, [n, hidden], for observations [n, ...] as the game gives them."""
        if self.view.kind == "image":
            pixels = observations if observations.ndim == 4 else observations[..., None]
            inputs = pixels.permute(0, 3, 1, 2).float() / 255
        elif self.view.kind == "symbols":
            symbols = observations.reshape(len(observations), -1).long()
            inputs = functional.one_hot(symbols, self.view.n_symbols).float().flatten(1)
        else:
            inputs = observations.reshape(len(observations), -1).float()
        features: Tensor = self.core(inputs)
        return features

    def forward(self, features: Tensor, index: Tensor, action: Tensor) -> tuple[Tensor, Tensor]:
        """Logits [n, n_actions] and values [n].

        Args:
            features: [n, hidden], the core's.
            index: [n] int64, which agents they are.
            action: [n, action_dim], the principal's, scaled to [-1, 1].
        """
        parts = [features]
        if self.n_index:
            parts.append(functional.one_hot(index, self.n_index).float())
        if self.action_dim:
            parts.append(action)
        hidden = torch.relu(self.trunk(torch.cat(parts, dim=1)))
        return self.actor(hidden), self.critic(hidden).squeeze(1)


def _make_core(view: View, hidden: int) -> nn.Module:
    if view.kind != "image":
        n_inputs = max(view.n_symbols, 1)
        for length in view.shape:
            n_inputs *= length
        return nn.Sequential(nn.Linear(n_inputs, hidden), nn.ReLU())
    height, width = view.shape[:2]
    channels = view.shape[2] if len(view.shape) == 3 else 1
    # Patches that do not overlap, at most 16 a side: where games draw tiles of 8 pixels, a patch is a tile.
    side = min(height, width)
    patch = 8 if side >= 64 else 4 if side >= 32 else 2 if side >= 16 else 1
    rows, columns = height // patch, width // patch
    second = min(3, rows, columns)
    n_flat = _CHANNELS[1] * (rows - second + 1) * (columns - second + 1)
    return nn.Sequential(
        nn.Conv2d(channels, _CHANNELS[0], patch, stride=patch),
        nn.ReLU(),
        nn.Conv2d(*_CHANNELS, second),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(n_flat, hidden),
        nn.ReLU(),
    )


def save_weights(path: Path, network: Network, notes: Mapping[str, str]) -> None:
    """Write a network's weights, and how they were made, to a safetensors file."""
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    save_file(weights, path, metadata=dict(notes))


def load_weights(path: Path, network: Network) -> None:
    """Set a network's weights; raises ``InputError`` if the file does not hold weights of its shapes."""
    try:
        network.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"weights {path}: {reason}; expected weights of this game's followers") from error
