"""What the followers of a role compute: a core that sees, a trunk that knows who they are, actor and critic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from policybench.errors import InputError
from policybench.pettingzoo.decisions import Decision
from policybench.pettingzoo.observation_spaces import Seen
from policybench.pettingzoo.roles import Role
from policybench.pettingzoo.scaling import NumberScale, RunningMoments

_CHANNELS = (16, 32)
_FIRST_LOG_DEVIATION = -0.5


class Network(nn.Module):
    """One network for all followers of a role.

    Observations go through the core, [hidden] features: numbers and one-hot symbols enter one dense layer,
    together with what two convolutions make of each image. The trunk, one dense layer, sees the features, the
    one-hot index of the follower and the principal's action. Actor and critic are linear in its output; the
    deviations of actions that are real numbers are parameters of their own. The critic's output is in units of the
    returns seen so far.
    """

    symbol_offsets: Tensor
    possible: Tensor

    def __init__(self, role: Role, *, hidden: int, sees_index: bool, action_dim: int) -> None:
        """Make a network with unset weights; see ``initialise``.

        Args:
            role: what is seen and done, and by how many.
            hidden: width of the layers.
            sees_index: whether a follower is told which agent of the role it is.
            action_dim: length of the principal's action; 0 leaves it out.
        """
        super().__init__()
        self.role, self.action_dim = role, action_dim
        self.n_index = len(role.agents) if sees_index else 0
        counts = role.sees.symbol_counts
        self.n_symbol_inputs = int(counts.sum())
        self.register_buffer("symbol_offsets", torch.from_numpy(np.cumsum(counts) - counts), persistent=False)
        self.scale = NumberScale(role.sees.low, role.sees.high)
        self.returns = RunningMoments(1)
        shapes = [leaf.image_shape for leaf in role.sees.of_kind("image")]
        self.core = _Core(len(role.sees.low) + self.n_symbol_inputs, shapes, hidden)
        self.trunk = nn.Linear(hidden + self.n_index + action_dim, hidden)
        does = role.does
        self.actor = nn.Linear(hidden, does.n_choices * does.width + does.n_numbers)
        self.log_deviation = nn.Parameter(torch.zeros(does.n_numbers))
        self.register_buffer("possible", torch.from_numpy(does.possible)[None], persistent=False)
        self.critic = nn.Linear(hidden, 1)

    def initialise(self, generator: torch.Generator) -> None:
        """Draw weights: orthogonal, biases 0; the actor's are small, so that at first all actions are likely."""
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                gain = 0.01 if module is self.actor else 1.0 if module is self.critic else 2**0.5
                nn.init.orthogonal_(module.weight, gain, generator=generator)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        nn.init.constant_(self.log_deviation, _FIRST_LOG_DEVIATION)
        self.scale.forget()
        self.returns.forget()

    def features(self, seen: Seen) -> Tensor:
        """The core's output, [n, hidden]; numbers are scaled already, by ``scale``."""
        parts = [seen.numbers]
        if self.n_symbol_inputs:
            parts.append(self._one_hot(seen.symbols))
        features: Tensor = self.core(torch.cat(parts, dim=1), seen.images)
        return features

    def forward(
        self, features: Tensor, index: Tensor, action: Tensor, mask: Tensor | None
    ) -> tuple[Decision, Tensor]:
        """Decisions, and values [n] in units of the returns seen so far.

        Args:
            features: [n, hidden], the core's.
            index: [n] int64, which agents of the role they are.
            action: [n, action_dim], the principal's, scaled to [-1, 1].
            mask: [n, n_choices, width], which actions are allowed; None: all.
        """
        hidden = self._hidden(features, index, action)
        does, output = self.role.does, self.actor(hidden)
        n_logits = does.n_choices * does.width
        logits = output[:, :n_logits].reshape(len(output), does.n_choices, does.width)
        allowed = self.possible if mask is None else mask
        decision = Decision.of(logits, allowed, output[:, n_logits:], self.log_deviation)
        return decision, self.critic(hidden).squeeze(1)

    def value(self, features: Tensor, index: Tensor, action: Tensor) -> Tensor:
        """The critic's values alone; arguments as for ``forward``."""
        value: Tensor = self.critic(self._hidden(features, index, action)).squeeze(1)
        return value

    def in_reward_units(self, values: Tensor) -> Tensor:
        """Values of the critic as returns: float64, in the processor's memory."""
        return values.cpu().double() * self.returns.deviation() + self.returns.mean

    @torch.no_grad()
    def take_in_returns(self, returns: Tensor) -> None:
        """Count returns [n] of float64 among those seen.

        The critic's weights are changed so that its values as returns stay what they are (van Hasselt et al.
        2016).
        """
        mean, deviation = float(self.returns.mean), float(self.returns.deviation())
        self.returns.update(returns[:, None])
        new_mean, new_deviation = float(self.returns.mean), float(self.returns.deviation())
        self.critic.weight.mul_(deviation / new_deviation)
        self.critic.bias.mul_(deviation).add_(mean - new_mean).div_(new_deviation)

    def in_own_units(self, returns: Tensor) -> Tensor:
        """Returns of float64 in the critic's units, of float32."""
        return ((returns - self.returns.mean) / self.returns.deviation()).float()

    def _hidden(self, features: Tensor, index: Tensor, action: Tensor) -> Tensor:
        parts = [features]
        if self.n_index:
            parts.append(functional.one_hot(index, self.n_index).float())
        if self.action_dim:
            parts.append(action)
        return torch.relu(self.trunk(torch.cat(parts, dim=1)))

    def _one_hot(self, symbols: Tensor) -> Tensor:
        inputs = torch.zeros(len(symbols), self.n_symbol_inputs, device=symbols.device)
        return inputs.scatter_(1, symbols + self.symbol_offsets, 1.0)


class _Core(nn.Module):
    """Numbers [n, n_inputs] and images to features [n, hidden]."""

    def __init__(self, n_inputs: int, images: Sequence[tuple[int, int, int]], hidden: int) -> None:
        super().__init__()
        self.eyes = nn.ModuleList()
        for channels, height, width in images:
            eye, n_flat = _make_eye(channels, height, width)
            self.eyes.append(eye)
            n_inputs += n_flat
        # Who sees nothing sees a constant.
        self.blind = n_inputs == 0
        self.dense = nn.Linear(max(1, n_inputs), hidden)

    def forward(self, inputs: Tensor, images: Sequence[Tensor]) -> Tensor:
        if self.blind:
            inputs = torch.ones(len(inputs), 1, device=inputs.device)
        seen = [eye(image.float() / 255) for eye, image in zip(self.eyes, images, strict=True)]
        return torch.relu(self.dense(torch.cat([inputs, *seen], dim=1) if seen else inputs))


def _make_eye(channels: int, height: int, width: int) -> tuple[nn.Module, int]:
    # Patches that do not overlap, fewer than 16 on the shorter side: where games draw tiles of 8 pixels, a patch
    # is a tile.
    patch = 1
    while min(height, width) // patch >= 16:
        patch *= 2
    rows, columns = height // patch, width // patch
    second = min(3, rows, columns)
    n_flat = _CHANNELS[1] * (rows - second + 1) * (columns - second + 1)
    eye = nn.Sequential(
        nn.Conv2d(channels, _CHANNELS[0], patch, stride=patch),
        nn.ReLU(),
        nn.Conv2d(*_CHANNELS, second),
        nn.ReLU(),
        nn.Flatten(),
    )
    return eye, n_flat


def save_weights(path: Path, network: Network, notes: Mapping[str, str]) -> None:
    """Write a network's weights and scales, and how they were made, to a safetensors file."""
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    save_file(weights, path, metadata=dict(notes))


def load_weights(path: Path, network: Network) -> None:
    """Set a network's weights and scales; raises ``InputError`` if the file does not hold those of its shapes."""
    try:
        network.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"weights {path}: {reason}; expected weights of this game's followers") from error
