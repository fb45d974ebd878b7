"""Followers that learn by PPO on a frozen core, compiled: what grid-world environments share.

``network`` is what a follower computes, ``trajectory`` what an episode leaves behind, ``ppo`` how heads learn
from it, and ``training`` puts them together; ``weights`` reads and writes them. Only ``pretraining``, which
makes the core, needs torch.

An environment adds one compiled function that plays an episode: it observes, calls ``network.act``, steps its
game, and writes rewards to the trajectory.

Games that are not compiled, any PettingZoo ``ParallelEnv``, go through ``policybench.pettingzoo`` (torch).
"""
