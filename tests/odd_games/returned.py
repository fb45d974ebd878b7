"""Games that are odd in what ``reset`` and ``step`` return."""

# ruff: noqa: N802 - functions become classes here

from __future__ import annotations

import sys

import numpy as np

from odd_games.plain import Plain, changes, odd


@changes(2, 3)
def AllKeyOfEndings(game, flags):
    return flags | {"__all__": game.time >= game.length}


@changes(1)
def AllKeyOfRewards(game, rewards):
    return rewards | {"__all__": 0.0}


@changes(2)
def OnlyWhoEnded(game, ended):
    return dict.fromkeys(ended, True) if game.time >= game.length else {}


@changes(3)
def ArraysOfBools(game, cut):
    return {agent: np.array(flag) for agent, flag in cut.items()}


@changes(1)
def ArraysOfRewards(game, rewards):
    return {agent: np.array([reward]) for agent, reward in rewards.items()}


@changes(1)
def NoRewards(game, rewards):
    return dict.fromkeys(rewards)


@changes(1)
def RewardsMissing(game, rewards):
    return {"a": rewards["a"]}


@changes(1)
def RewardNaN(game, rewards):
    return rewards | {"b": np.nan if game.time == 3 else 0.0}


@changes(1)
def RewardOfAStranger(game, rewards):
    return rewards | {"c": 1.0}


@changes(2)
def EndingAsAList(game, ended):
    return list(ended.values())


@odd
class OldReset(Plain):
    def reset(self, seed=None, options=None):
        return super().reset(seed)[0]


@odd
class OldStep(Plain):
    def step(self, actions):
        observations, rewards, ended, cut, infos = super().step(actions)
        return observations, rewards, {agent: ended[agent] or cut[agent] for agent in ended}, infos


@odd
class NoSeed(Plain):
    def reset(self):
        return super().reset()


@odd
class Quits(Plain):
    def step(self, actions):
        if self.time == 4:
            sys.exit()
        return super().step(actions)
