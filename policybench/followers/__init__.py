"""Followers that learn by PPO on a frozen core, compiled: what grid-world environments share.

``network`` is what a follower computes: the frozen ``core`` in integers (``encoder``), then linear heads in
float32. ``trajectory`` is what an episode leaves behind, ``ppo`` how heads learn from it (``minibatch``,
``adam``), and ``training`` puts them together; ``weights`` reads and writes them. Only ``pretraining``, which
makes the core, needs torch. The large sums are written in vector instructions, in an order that is fixed
(``policybench.compiled.tiles``): results do not depend on which of them a processor has.

An environment adds one compiled function that plays an episode: it observes, calls ``network.act``, steps its
game, and writes rewards to the trajectory.

Games that are not compiled, any PettingZoo ``ParallelEnv``, go through ``policybench.pettingzoo`` (torch).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policybench.lazy import lazy_names

if TYPE_CHECKING:
    from policybench.followers.gae import estimate_advantages
    from policybench.followers.network import Policy, act, choose
    from policybench.followers.pretraining import Shape, Stage
    from policybench.followers.recipe import Recipe, pretrain_command
    from policybench.followers.settings import PPOSettings
    from policybench.followers.softmax import exp_negative, sample, softmax_rows
    from policybench.followers.training import Followers, Play
    from policybench.followers.trajectory import Trajectory
    from policybench.followers.weights import load_weights

__all__ = [
    "Followers",
    "PPOSettings",
    "Play",
    "Policy",
    "Recipe",
    "Shape",
    "Stage",
    "Trajectory",
    "act",
    "choose",
    "estimate_advantages",
    "exp_negative",
    "load_weights",
    "pretrain_command",
    "sample",
    "softmax_rows",
]

__getattr__ = lazy_names(
    __name__,
    {
        "gae": ("estimate_advantages",),
        "network": (
            "Policy",
            "act",
            "choose",
        ),
        "pretraining": (
            "Shape",
            "Stage",
        ),
        "recipe": (
            "Recipe",
            "pretrain_command",
        ),
        "settings": ("PPOSettings",),
        "softmax": (
            "exp_negative",
            "sample",
            "softmax_rows",
        ),
        "training": (
            "Followers",
            "Play",
        ),
        "trajectory": ("Trajectory",),
        "weights": ("load_weights",),
    },
)
