"""Small games, each with one habit that games of strangers have; ``ODD`` holds them by name."""

# ruff: noqa: N802 - functions become classes here

from __future__ import annotations

import sys

import numpy as np
from gymnasium import spaces
from pettingzoo import AECEnv, ParallelEnv

from policybench import Description
from policybench.pettingzoo import from_parallel_env

NOTHING = np.zeros(2, np.float32)
ODD = {}


def odd(game):
    ODD[game.__name__] = game
    return game


class Plain(ParallelEnv):
    """Two agents choose 0 or 1, and are paid what the principal set for it; nothing is odd about it."""

    metadata = {"name": "plain"}  # noqa: RUF012 - as in the documentation of PettingZoo
    render_mode = None
    length = 6
    sight = spaces.Box(-1.0, 1.0, (2,), np.float32)

    def __init__(self):
        self.possible_agents = ["a", "b"]
        self.agents = []
        self.pay = np.zeros(2)

    def observation_space(self, agent):
        return self.sight

    def action_space(self, agent):
        return spaces.Discrete(2)

    def set_policy(self, action):
        self.pay = action

    def look(self):
        return NOTHING

    def reset(self, seed=None, options=None):
        self.rng = np.random.default_rng(seed)
        self.agents = self.possible_agents[:]
        self.time = 0
        return {agent: self.look() for agent in self.agents}, {agent: {} for agent in self.agents}

    def step(self, actions):
        self.time += 1
        agents, over = self.agents[:], self.time >= self.length
        rewards = {agent: float(self.pay[actions[agent]]) for agent in agents}
        if over:
            self.agents = []
        return (
            {agent: self.look() for agent in agents},
            rewards,
            dict.fromkeys(agents, False),
            dict.fromkeys(agents, over),
            {agent: {} for agent in agents},
        )


def changes(*places):
    """A game whose steps return other things at these places of the five."""

    def decorate(change):
        def step(self, actions):
            result = list(Plain.step(self, actions))
            for place in places:
                result[place] = change(self, result[place])
            return tuple(result)

        return odd(type(change.__name__, (Plain,), {"step": step}))

    return decorate


def shows(name, value, sight=Plain.sight):
    """A game that shows something special."""
    look = value if callable(value) else lambda self: value
    return odd(type(name, (Plain,), {"look": look, "sight": sight}))


# Who is there


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


# What steps return


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


# What agents see

shows("NaNSeen", lambda self: np.full(2, np.nan if self.time == 3 else 0.0, np.float32))
shows("InfinitySeen", np.array([0.0, np.inf], np.float32), spaces.Box(-np.inf, np.inf, (2,), np.float32))
shows("HugeNumberSeen", np.array([0.0, 1e300]), spaces.Box(-np.inf, np.inf, (2,), np.float64))
shows("FarOutOfBounds", np.array([0.0, 20.0], np.float32))
shows("SymbolTooLarge", np.array([0, 7], np.uint8), spaces.Box(0, 3, (2,), np.uint8))
shows("SymbolTooSmall", np.array([0, -1]), spaces.Box(0, 3, (2,), np.int64))
shows("HalfASymbol", np.array([0, 0.5]), spaces.Box(0, 3, (2,), np.int64))
shows("OtherShape", np.zeros(3, np.float32))
shows("Words", "north")
shows("NoDict", NOTHING, spaces.Dict({"place": Plain.sight}))
shows("ChannelsFirst", np.full((3, 20, 20), 200, np.uint8), spaces.Box(0, 255, (3, 20, 20), np.uint8))
shows("ManyChannels", np.full((20, 20, 12), 200, np.uint8), spaces.Box(0, 255, (20, 20, 12), np.uint8))
shows("FramesOfImages", np.zeros((4, 20, 20, 3), np.uint8), spaces.Box(0, 255, (4, 20, 20, 3), np.uint8))
shows("RealImage", np.full((20, 20, 3), 0.5, np.float32), spaces.Box(0.0, 1.0, (20, 20, 3), np.float32))
shows("NegativeStrides", np.arange(4, dtype=np.float32)[::-2] / 4)
shows("Lists", [0.0, 1.0])
shows("ScalarBox", np.float32(0.5), spaces.Box(-1.0, 1.0, (), np.float32))
shows("EmptyBox", np.zeros(0, np.float32), spaces.Box(-1.0, 1.0, (0,), np.float32))
shows("Bools", np.array([True, False]), spaces.MultiBinary(2))
shows("HalfPrecision", np.ones(2, np.float16), spaces.Box(-np.inf, np.inf, (2,), np.float16))
shows("Thousands", 1234, spaces.Discrete(5000))
NESTED = spaces.Dict(
    {
        "map": spaces.Box(0, 255, (16, 16), np.uint8),
        "stock": spaces.Tuple([spaces.Box(0.0, np.inf, (3,)), spaces.Discrete(4, start=-1)]),
        "open": spaces.MultiBinary(2),
        "kinds": spaces.MultiDiscrete([3, 2]),
    }
)
shows(
    "Nested",
    lambda self: {
        "map": np.full((16, 16), self.time, np.uint8),
        "stock": (np.ones(3) * self.time, -1),
        "open": [1, 0],
        "kinds": np.array([2, 1]),
    },
    NESTED,
)


# What agents may do


def both(mask):
    return {"observation": NOTHING, "action_mask": mask}


MASKED = spaces.Dict({"observation": Plain.sight, "action_mask": spaces.Box(0, 1, (2,), np.int8)})
shows("MaskOfNothing", lambda self: both(np.array([self.time < 3, 0], np.int8)), MASKED)
shows("MaskOfOtherSize", both(np.ones(3, np.int8)), MASKED)


@odd
class MaskInObservation(Plain):
    """In even steps 0 is allowed alone, in odd steps 1."""

    sight = MASKED

    def look(self):
        return both(np.array([self.time % 2 == 0, self.time % 2 == 1], np.int8))

    def step(self, actions):
        assert set(actions.values()) == {self.time % 2}
        return super().step(actions)


@odd
class MaskInInfos(Plain):
    def infos(self):
        return {agent: {"action_mask": np.array([1, 0], np.int8)} for agent in self.possible_agents}

    def reset(self, seed=None, options=None):
        return super().reset(seed)[0], self.infos()

    def step(self, actions):
        assert set(actions.values()) == {0}
        return *super().step(actions)[:4], self.infos()


@odd
class MaskAtFirstAlone(MaskInInfos):
    def step(self, actions):
        return *super().step(actions)[:4], {}


# Luck, the principal's action, and turns


@odd
class GlobalLuck(Plain):
    """Draws from NumPy's global generator, which it seeds."""

    def reset(self, seed=None, options=None):
        np.random.seed(seed)
        return super().reset(seed)

    def look(self):
        return np.random.uniform(-1, 1, 2).astype(np.float32)


@odd
class UnseededLuck(Plain):
    def look(self):
        return np.random.default_rng().uniform(-1, 1, 2).astype(np.float32)


@odd
class LeftOver(Plain):
    """A stock that reset does not refill."""

    stock = 100.0

    def step(self, actions):
        self.stock *= 0.999
        observations, rewards, *others = super().step(actions)
        return observations, {agent: reward + self.stock for agent, reward in rewards.items()}, *others


@odd
class ForgetsThePolicy(Plain):
    def reset(self, seed=None, options=None):
        self.pay = np.zeros(2)
        return super().reset(seed)


class InTurns(AECEnv):
    """Agents act one after the other."""

    metadata = {"name": "in turns"}  # noqa: RUF012

    def __init__(self):
        super().__init__()
        self.possible_agents = ["a", "b"]

    def set_policy(self, action):
        self.pay = action


ODD["InTurns"] = InTurns


@odd
class LooksLikeTurns(Plain):
    """An AEC game by its methods, not by its class."""

    def agent_iter(self):
        return iter(self.agents)

    def last(self):
        return None


def odd_environment(game, **settings):
    """The game as an environment of one seed, with little learning."""
    defaults = {
        "action_space": spaces.Box(0.0, 1.0, (2,), np.float64),
        "description": Description("A choice.", ("for 0", "for 1"), "mean return", {"returns": "of each agent"}),
        "training_episodes": 2,
        "hidden": 8,
    }
    return from_parallel_env(ODD.get(game, game), settings.pop("seeds", [0]), **(defaults | settings))
