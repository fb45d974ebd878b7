"""PettingZoo games as environments: any ``ParallelEnv`` with ``set_policy(action)``, its followers learn by PPO.

``options`` holds the followers' settings. ``parallel`` says what can be played; ``scene`` is what is to be seen
of a copy of it, ``game`` plays one, held to PettingZoo's rules, and ``episode`` judges what came of it.
``copies`` are played side by side, here or ``distributed`` over ``worker`` processes; ``placement`` finds out
which is faster. ``roles`` groups agents by ``observation_spaces``, which are made of ``leaves``, and
``action_spaces``. ``rollout`` plays by what a ``policy`` decides, ``probe`` tries a game before that.
``network``, with ``scaling`` and ``decisions``, is what the followers of a role compute; ``advantages``, ``ppo``
and ``learning`` let it learn. ``environment`` makes principal steps of it, ``entry`` is the call that makes one,
and ``survey`` tries known games.
Only ``follower_options`` is imported at once, and torch not before an environment is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policybench.pettingzoo.options import FollowerSettings, follower_options

if TYPE_CHECKING:
    from policybench.pettingzoo.entry import from_parallel_env
    from policybench.pettingzoo.episode import Episode

__all__ = ["Episode", "FollowerSettings", "follower_options", "from_parallel_env"]


def __getattr__(name: str) -> Any:
    if name == "from_parallel_env":
        from policybench.pettingzoo.entry import from_parallel_env

        return from_parallel_env
    if name == "Episode":
        from policybench.pettingzoo.episode import Episode

        return Episode
    raise AttributeError(f"module 'policybench.pettingzoo' has no attribute {name!r}")
