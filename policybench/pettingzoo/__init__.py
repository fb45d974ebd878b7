"""PettingZoo games as environments: any ``ParallelEnv`` with ``set_policy(action)``, its followers learn by PPO.

``options`` holds the followers' settings, ``views`` says what they see, ``network`` is what they compute,
``rollout`` plays, ``advantages`` and ``learning`` learn, and ``environment`` makes principal steps of it. Only
``follower_options`` is imported at once; the rest needs torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policybench.pettingzoo.options import FollowerSettings, follower_options

if TYPE_CHECKING:
    from policybench.pettingzoo.environment import from_parallel_env
    from policybench.pettingzoo.rollout import Episode

__all__ = ["Episode", "FollowerSettings", "follower_options", "from_parallel_env"]


def __getattr__(name: str) -> Any:
    if name == "from_parallel_env":
        from policybench.pettingzoo.environment import from_parallel_env

        return from_parallel_env
    if name == "Episode":
        from policybench.pettingzoo.rollout import Episode

        return Episode
    raise AttributeError(f"module 'policybench.pettingzoo' has no attribute {name!r}")
