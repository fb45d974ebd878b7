"""PPO on a trajectory of one step: the action is the whole episode, and its payoff the return."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from policybench_ai_economist.network import PolicyNetwork

ADAM_EPSILON = 1e-5


@dataclass(frozen=True)
class Settings:
    """Of the update; every 0 of ``value_clip`` and ``gradient_norm`` means no limit."""

    learning_rate: float
    epochs: int
    clip: float
    entropy: float
    value_weight: float
    value_clip: float
    gradient_norm: float


def make_optimizer(network: PolicyNetwork, settings: Settings) -> torch.optim.Adam:
    """Adam over all of the network's parameters."""
    return torch.optim.Adam(network.parameters(), lr=settings.learning_rate, eps=ADAM_EPSILON)


def update(
    network: PolicyNetwork,
    optimizer: torch.optim.Adam,
    inputs: torch.Tensor,
    choices: torch.Tensor,
    payoff: float,
    settings: Settings,
) -> None:
    """Take ``settings.epochs`` steps on what one action paid.

    Args:
        network: is changed.
        optimizer: of the network.
        inputs: [n_inputs], what the action was chosen from.
        choices: [dimensions] int64, the choices it consisted of.
        payoff: what it paid. The advantage is the payoff minus the value before the update, not normalised.
        settings: of the update.
    """
    with torch.no_grad():
        logs, old_value = network(inputs)
        old_log = _log_probability(logs, choices)
        advantage = payoff - old_value
    for _ in range(settings.epochs):
        logs, value = network(inputs)
        ratio = torch.exp(_log_probability(logs, choices) - old_log)
        clipped = ratio.clamp(1 - settings.clip, 1 + settings.clip)
        gain = torch.minimum(ratio * advantage, clipped * advantage)
        entropy = -(logs.exp() * logs).sum()
        loss = settings.value_weight * value_loss(value, old_value, payoff, settings.value_clip)
        loss = loss - gain - settings.entropy * entropy
        optimizer.zero_grad()
        loss.backward()
        if settings.gradient_norm:
            torch.nn.utils.clip_grad_norm_(network.parameters(), settings.gradient_norm)
        optimizer.step()


def value_loss(value: torch.Tensor, old_value: torch.Tensor, payoff: float, clip: float) -> torch.Tensor:
    """Half the squared error; no longer rewards a value that came nearer by ``clip``, unless that is 0."""
    error = (value - payoff) ** 2
    if clip:
        near = old_value + (value - old_value).clamp(-clip, clip)
        error = torch.maximum(error, (near - payoff) ** 2)
    return error / 2


def _log_probability(logs: torch.Tensor, choices: torch.Tensor) -> torch.Tensor:
    """Of all choices together, []."""
    return logs.gather(1, choices[:, None]).sum()
