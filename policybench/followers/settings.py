"""How followers learn: the settings of PPO."""

from __future__ import annotations

from typing import NamedTuple


class PPOSettings(NamedTuple):
    """Proximal policy optimisation (Schulman et al. 2017); the defaults are those of the paper's followers.

    Attributes:
        learning_rate: step size of Adam.
        adam_epsilon: what Adam adds to the root of the second moment.
        discount: gamma, a game step.
        gae_lambda: lambda of generalised advantage estimation.
        epochs: passes over an episode's samples.
        minibatch: samples, over time and followers, of one gradient step.
        clip: how far the probability ratio may leave 1.
        value_clip: how far the value may leave what it was during play.
        value_coefficient: weight of the value loss.
        entropy_coefficient: weight of the entropy bonus.
        max_gradient_norm: longer gradients are shortened to this.
    """

    learning_rate: float = 1e-3
    adam_epsilon: float = 1e-5
    discount: float = 0.998
    gae_lambda: float = 0.98
    epochs: int = 4
    minibatch: int = 128
    clip: float = 0.2
    value_clip: float = 0.2
    value_coefficient: float = 0.5
    entropy_coefficient: float = 0.025
    max_gradient_norm: float = 0.5
