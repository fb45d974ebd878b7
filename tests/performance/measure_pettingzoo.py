"""Where the time of followers of a PettingZoo game goes: ``python tests/performance/measure_pettingzoo.py``.

Plays and learns Simple Spread of MPE2, and prints the shares of CPU time that the game, the network and everything
else take, and the training steps a second.
"""

from __future__ import annotations

import time
from collections import defaultdict

import numpy as np
from gymnasium import spaces
from mpe2 import simple_spread_v3

from policybench import Description, Dimension
from policybench.pettingzoo import from_parallel_env
from policybench.pettingzoo.learning import Followers

SPENT = defaultdict(float)


def timed(part, call):
    def wrapped(*args, **kwargs):
        started = time.thread_time()
        try:
            return call(*args, **kwargs)
        finally:
            SPENT[part] += time.thread_time() - started

    return wrapped


def make():
    game = simple_spread_v3.parallel_env(N=3, max_cycles=25)
    game.set_policy = lambda action: None
    game.step, game.reset = timed("game", game.step), timed("game", game.reset)
    return game


def main():
    for name in ("act", "values", "learn"):
        setattr(Followers, name, timed("network", getattr(Followers, name)))
    environment = from_parallel_env(
        make,
        [0],
        action_space=spaces.Box(0.0, 1.0, (1,), np.float64),
        description=Description("", (Dimension("nothing", "nothing"),), "", {"returns": ""}),
        training_episodes=48,
        games=12,
    )
    environment.evaluate(0, np.zeros((1, 1)))
    SPENT.clear()
    started = time.thread_time()
    steps = sum(environment.evaluate(step, np.zeros((1, 1)))[0].timesteps.training for step in range(1, 6))
    total = time.thread_time() - started
    rest = total - sum(SPENT.values())
    for part, seconds in (*SPENT.items(), ("everything else", rest)):
        print(f"{part:16} {seconds / total:6.1%}")
    print(f"{steps / total:.0f} training steps of the game a CPU-second, {3 * steps / total:.0f} decisions")


if __name__ == "__main__":
    main()
