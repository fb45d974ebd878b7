"""Followers that learn by PPO on a frozen core, compiled: what grid-world environments share.

``network`` is what a follower computes, ``trajectory`` what an episode leaves behind, ``ppo`` how heads learn
from it, and ``training`` puts them together; ``weights`` reads and writes them. Only ``pretraining``, which
makes the core, needs torch.

An environment adds one compiled function that plays an episode: it observes, calls ``network.act``, steps its
game, and writes rewards to the trajectory.

Games that are not compiled, any PettingZoo ``ParallelEnv``, take another road: ``from_parallel_env`` (torch; it
lives in ``policybench.parallel``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policybench.parallel import follower_options, from_parallel_env

__all__ = ["follower_options", "from_parallel_env"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'policybench.followers' has no attribute {name!r}")
    import policybench.parallel

    return getattr(policybench.parallel, name)
