"""Where the time of learning in simple_spread goes, and how fast it is beside other libraries."""

from __future__ import annotations

import time
from collections import defaultdict
from importlib.util import find_spec
from unittest.mock import patch

import numpy as np

from policybench.pettingzoo.learning import Followers
from reference_ppo import ours, theirs
from reference_ppo.games import GAMES

SPREAD = GAMES["simple_spread"]
UPDATE = SPREAD.settings["games"] * SPREAD.steps
"""Steps of the game that one update learns from."""


def shares(updates):
    """Shares of the processor time of principal steps that the game, the network and everything else take.

    The first principal step, which imports and warms up, does not count.
    """
    spent = defaultdict(float)

    def timed(part, call):
        def wrapped(*args, **kwargs):
            started = time.thread_time()
            try:
                return call(*args, **kwargs)
            finally:
                spent[part] += time.thread_time() - started

        return wrapped

    def make():
        game = SPREAD.make()
        game.step, game.reset = timed("game", game.step), timed("game", game.reset)
        return game

    parts = {name: timed("network", getattr(Followers, name)) for name in ("act", "values", "learn")}
    with patch.multiple(Followers, **parts):
        environment = ours.environment(
            SPREAD._replace(make=make), 0, episodes=updates * SPREAD.settings["games"], workers=0
        )
        environment.evaluate(0, ours.NOTHING)
        spent.clear()
        started = time.thread_time()
        environment.evaluate(1, ours.NOTHING)
        total = time.thread_time() - started
    found = {part: seconds / total for part, seconds in spent.items()}
    return found | {"everything else": 1 - sum(found.values())}


def _ours(workers):
    episodes = 10 * SPREAD.settings["games"]
    environment = ours.environment(SPREAD, 0, episodes=episodes, workers=workers)
    return 10 * UPDATE, lambda: lambda: environment.train(0, 0, ours.NOTHING[0])


def libraries():
    """Of each library that is installed: the steps of the game that it learns from, and what prepares to do so."""
    model = theirs.learner(SPREAD, 0)
    found = {
        "policybench": _ours(0),
        "Stable-Baselines3": (
            10 * UPDATE,
            lambda: lambda: model.learn(10 * UPDATE * 3, reset_num_timesteps=False),
        ),
    }
    if find_spec("benchmarl"):
        from reference_ppo.benchmarl_ippo import experiment

        found["BenchMARL"] = (3 * UPDATE, lambda: experiment(SPREAD, 3 * UPDATE).run)
    return found


def processes(workers):
    """The same for ours in one process, and with workers; what workers do at the same time is not counted."""
    return {"one process": _ours(0), f"{workers + 1} processes": _ours(workers)}


def rates(rivals, turns):
    """Steps of the game a second of this process's processor time, [turns, n_rivals].

    They take turns, so that all meet the same machine.
    """
    found = []
    for _ in range(turns + 1):
        row = []
        for steps, prepare in rivals.values():
            run = prepare()
            started = time.process_time()
            run()
            row.append(steps / (time.process_time() - started))
        found.append(row)
    return np.array(found[1:])  # the first turn imports and warms up
