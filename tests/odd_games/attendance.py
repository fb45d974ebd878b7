"""Games that are odd in who takes part."""

# ruff: noqa: N802 - functions become classes here

from __future__ import annotations

import numpy as np

from odd_games.plain import NOTHING, Plain, changes, odd


@changes(0)
def ShowsTheLivingAlone(game, observations):
    return {agent: seen for agent, seen in observations.items() if agent in game.agents}


@odd
class ForgetsTheDeadAtOnce(Plain):
    def step(self, actions):
        result = super().step(actions)
        if self.time == 3:
            self.agents = ["a"]
            for part in result:
                part.pop("b", None)
        return result


@odd
class GoesOnListingTheDead(Plain):
    """All end in step 6, but the list of agents stays full."""

    def step(self, actions):
        observations, rewards, ended, cut, infos = super().step(actions)
        if self.time >= self.length:
            self.agents = self.possible_agents[:]
            ended, cut = dict.fromkeys(self.agents, True), dict.fromkeys(self.agents, False)
        return observations, rewards, ended, cut, infos


@odd
class ComesBack(Plain):
    """b is out in steps 3 and 4."""

    def step(self, actions):
        assert set(actions) == set(self.agents)
        observations, rewards, ended, cut, infos = super().step(actions)
        if self.time == 2:
            ended["b"], self.agents = True, ["a"]
        if self.time == 4:
            observations["b"], self.agents = NOTHING, ["b", "a"]
        return observations, rewards, ended, cut, infos


@odd
class JoinsLate(Plain):
    def reset(self, seed=None, options=None):
        super().reset(seed)
        self.agents = ["b"]
        return {"b": NOTHING}, {"b": {}}

    def step(self, actions):
        assert set(actions) == set(self.agents)
        result = super().step(actions)
        if self.time == 4:
            result[0]["a"], self.agents = NOTHING, ["a", "b"]
        return result


@odd
class PaysTheDead(ForgetsTheDeadAtOnce):
    def step(self, actions):
        result = super().step(actions)
        result[1]["b"] = 1.0
        return result


@odd
class NobodyThere(Plain):
    def reset(self, seed=None, options=None):
        super().reset(seed)
        self.agents = []
        return {}, {}


@odd
class Stranger(Plain):
    def step(self, actions):
        result = super().step(actions)
        if self.time == 2:
            self.agents.append("c")
        return result


@odd
class NumberedAgents(Plain):
    def __init__(self):
        super().__init__()
        self.possible_agents = [0, 1]


@odd
class NoPossibleAgents(Plain):
    def __init__(self):
        super().__init__()
        del self.possible_agents


@odd
class SeesNobody(Plain):
    def reset(self, seed=None, options=None):
        observations, infos = super().reset(seed)
        del observations["b"]
        return observations, infos


@odd
class EverybodyDies(Plain):
    """Nobody is left after step 4, which is long before the horizon, and nothing may be played after it."""

    def step(self, actions):
        assert self.agents
        observations, rewards, ended, cut, infos = super().step(actions)
        if self.time == 2:
            ended["a"], self.agents = True, ["b"]
        if self.time == 4:
            ended["b"], self.agents = True, []
        return observations, rewards, ended, cut, infos


@odd
class OtherOrder(Plain):
    """Every list and dict has another order in each step; an agent may do only what is its own, a 0 and b 1."""

    def shuffled(self, by_agent):
        order = sorted(by_agent, reverse=self.time % 2 == 0)
        return {agent: by_agent[agent] for agent in order}

    def own(self):
        return {
            agent: {"action_mask": np.eye(2, dtype=np.int8)[int(agent == "b")]} for agent in self.possible_agents
        }

    def reset(self, seed=None, options=None):
        observations, _ = super().reset(seed)
        self.agents = ["b", "a"]
        return self.shuffled(observations), self.shuffled(self.own())

    def step(self, actions):
        assert actions == {"a": 0, "b": 1}
        observations, rewards, ended, cut, _ = super().step(actions)
        self.agents = self.agents[::-1]
        return tuple(map(self.shuffled, (observations, rewards, ended, cut, self.own())))
