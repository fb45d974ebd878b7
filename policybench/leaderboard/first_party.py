"""Names that belong to this project's own distributions, whether or not these are installed where a file is read.

Nobody else's plugin may bear them in a leaderboard, and nobody else's plugin may call itself part of these
distributions.
"""

from __future__ import annotations

import re

FIRST_PARTY: dict[str, tuple[str, ...]] = {
    "policybench-ai-economist": ("ai-economist",),
    "policybench-bandits": ("epsilon-greedy", "fixed", "landscape-best", "random", "thompson", "ucb"),
    "policybench-cleanup": ("cleanup",),
    "policybench-escape-room": ("cer", "cer-costly", "escape-room", "escape-room-costly"),
    "policybench-gather-trade-build": ("free-market", "gather-trade-build", "saez", "us-federal"),
    "policybench-harvest": ("harvest", "harvest-settled"),
    "policybench-llm": ("informed", "llm"),
    "policybench-meltingpot": ("meltingpot-cleanup", "meltingpot-harvest"),
    "policybench-metagrad": ("metagrad",),
    "policybench-optuna": ("cma-es", "gp-bo", "optuna-gp", "sobol", "tpe"),
    "policybench-tabular": ("tabular",),
}
"""The names of principals and environments that each distribution brings."""

_OWNERS = {name: distribution for distribution, names in FIRST_PARTY.items() for name in names}


def owner_of(name: str) -> str | None:
    """The distribution that a name of a principal or an environment is reserved for; None if for none."""
    return _OWNERS.get(name)


def is_first_party(distribution: str) -> bool:
    """Whether a distribution is one of this project's, however its name is spelled.

    >>> is_first_party("Policybench_Bandits"), is_first_party("policybench-annealing")
    (True, False)
    """
    return re.sub(r"[-_.]+", "-", distribution).lower() in FIRST_PARTY
