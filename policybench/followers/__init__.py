"""Followers that learn by PPO on a frozen core, compiled: what grid-world environments share.

``network`` is what a follower computes: the frozen ``core`` in integers (``encoder``), then linear heads in
float32. ``trajectory`` is what an episode leaves behind, ``ppo`` how heads learn from it (``minibatch``,
``adam``), and ``training`` puts them together; ``weights`` reads and writes them. Only ``pretraining``, which
makes the core, needs torch. The large sums are written in vector instructions, in an order that is fixed
(``policybench.compiled.tiles``): results are the same bytes on every processor.

An environment adds one compiled function that plays an episode: it observes, calls ``network.act``, steps its
game, and writes rewards to the trajectory.

Games that are not compiled, any PettingZoo ``ParallelEnv``, go through ``policybench.pettingzoo`` (torch).
"""
