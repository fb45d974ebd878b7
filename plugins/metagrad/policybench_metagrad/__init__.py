"""MetaGrad: a principal that learns its policy from gradients through the followers' learning.

Only announcements stand here; torch is imported when the principal is first created.
"""

from __future__ import annotations

from collections.abc import Iterator

from policybench import Option, PrincipalSpec, hookimpl
from policybench.neural import DEVICE, OBSERVE


@hookimpl
def policybench_principals() -> Iterator[PrincipalSpec]:
    """Announce the principal of this distribution."""
    yield PrincipalSpec(
        name="metagrad",
        description="A policy network on the observation, trained by gradients through the followers' learning.",
        factory="policybench_metagrad.principal:MetaGrad",
        options=(
            OBSERVE,
            Option("hidden", int, 256, "Units of each of the two hidden layers.", minimum=1),
            Option("learning_rate", float, 2e-4, "Adam's step size.", minimum=0),
            Option("gradient_norm", float, 0.5, "Largest gradient norm; 0: any.", minimum=0),
            DEVICE,
        ),
        source="Yang et al. (2022), Adaptive incentive design with multi-agent meta-gradient RL, arXiv 2112.10859",
    )
