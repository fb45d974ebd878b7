"""The AI Economist: a principal that learns its policy by reinforcement, from what it observes.

Only announcements stand here; torch is imported when the principal is first created.
"""

from __future__ import annotations

from collections.abc import Iterator

from policybench import Option, PrincipalSpec, hookimpl
from policybench.neural import DEVICE, MAX_INPUTS, OBSERVE, UNBOUNDED


@hookimpl
def policybench_principals() -> Iterator[PrincipalSpec]:
    """Announce the principal of this distribution."""
    yield PrincipalSpec(
        name="ai-economist",
        description="A policy network on the observation, with a choice of levels a dimension, trained by PPO.",
        factory="policybench_ai_economist.principal:AIEconomist",
        options=(
            OBSERVE,
            UNBOUNDED,
            MAX_INPUTS,
            Option("hidden", int, 128, "Units of each of the two hidden layers.", minimum=1),
            Option("learning_rate", float, 2e-4, "Adam's step size.", minimum=0),
            Option("epochs", int, 4, "Updates a principal step.", minimum=1),
            Option("clip", float, 0.2, "Clip range of the probability ratio.", minimum=0),
            Option("entropy", float, 0.2, "Weight of the policy's entropy.", minimum=0),
            Option("value_weight", float, 0.5, "Weight of the value loss.", minimum=0),
            Option("value_clip", float, 0.2, "Furthest that a value moves in one step; 0: any.", minimum=0),
            Option("gradient_norm", float, 0.5, "Largest gradient norm; 0: any.", minimum=0),
            Option(
                "levels",
                int,
                None,
                "Equidistant levels an action dimension; by default the problem's own fine grid.",
                minimum=2,
            ),
            DEVICE,
        ),
        source="Zheng et al. (2022), The AI Economist: taxation policy design via two-level deep multiagent RL",
    )
