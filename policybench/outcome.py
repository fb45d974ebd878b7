"""What a principal step gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from policybench.arrays import Array, Floats


@dataclass(frozen=True)
class Timesteps:
    """Game steps that one principal step took; in one timestep all followers act once.

    Attributes:
        training: timesteps in which followers learned.
        validation: timesteps in which the principal was scored; the unit of sample efficiency.
    """

    training: int
    validation: int


@dataclass(frozen=True)
class Outcome:
    """What one action led to, for one seed.

    Attributes:
        payoff: the principal's score, mean over the validation episodes.
        observation: all that a principal may see of the game, by name; nothing else crosses this barrier.
        timesteps: what the step cost.
        gradient: [action_dim], an estimate of d expected payoff / d action, if it was asked for: the derivative of
            the surrogate that ``policybench.hypergradient`` defines, or an exact one.
        baseline_gradient: [action_dim], what ``gradient`` would be if an episode paid 1, evenly over its steps,
            whatever was done in it. Its expectation is 0, so that for any number b, ``gradient - b *
            baseline_gradient`` estimates the same, with less variance if b is near the usual payoff. None where
            there is nothing to subtract, the gradient being exact.
    """

    payoff: float
    timesteps: Timesteps
    observation: Mapping[str, Array] = field(default_factory=dict)
    gradient: Floats | None = None
    baseline_gradient: Floats | None = None
