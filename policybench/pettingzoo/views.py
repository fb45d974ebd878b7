"""What followers see: the observation spaces that are supported, and how they enter a network."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from gymnasium import spaces
from numpy.typing import DTypeLike
from pettingzoo import ParallelEnv

from policybench.errors import InputError

MAX_SYMBOLS = 64
"""An integer box with at most so many values is one of symbols."""

KINDS = ("vector", "symbols", "image")


class View(NamedTuple):
    """How an observation looks.

    Attributes:
        kind: ``vector``: numbers, taken as they are; ``symbols``: small integers, each one-hot; ``image``:
            [height, width, channels] pixels from 0 to 255.
        shape: of an observation as the game gives it.
        dtype: in which observations are kept.
        n_symbols: of symbols, how many there are; else 0.
    """

    kind: str
    shape: tuple[int, ...]
    dtype: DTypeLike
    n_symbols: int = 0


class Interface(NamedTuple):
    """What all agents of a game have in common.

    Attributes:
        agents: all that can ever take part.
        view: what they see.
        n_actions: how many they can choose from.
        first_action: the number of the first one.
    """

    agents: tuple[str, ...]
    view: View
    n_actions: int
    first_action: int


def interface_of(env: ParallelEnv) -> Interface:
    """What a game's agents see and do.

    Raises:
        InputError: the game has no ``set_policy``, or its spaces are not supported.
    """
    if not callable(getattr(env, "set_policy", None)):
        raise InputError(
            f"game {_name(env)}: has no method set_policy(action), by which the principal's action reaches it."
        )
    agents = tuple(env.possible_agents)
    if not agents:
        raise InputError(f"game {_name(env)}: its possible_agents are empty.")
    views, actions = env.observation_space(agents[0]), env.action_space(agents[0])
    for agent in agents[1:]:
        if env.observation_space(agent) != views or env.action_space(agent) != actions:
            raise InputError(
                f"game {_name(env)}: {agent} and {agents[0]} have different spaces; followers share weights, "
                "so all need one observation space and one action space."
            )
    if not isinstance(actions, spaces.Discrete):
        raise InputError(f"game {_name(env)}: action space {actions}; only Discrete ones are supported.")
    return Interface(agents, view_of(views), int(actions.n), int(actions.start))


def view_of(space: spaces.Space[object]) -> View:
    """How observations from a space look; raises ``InputError`` if they are not supported.

    >>> view_of(spaces.Box(0, 255, (88, 88, 3), np.uint8)).kind
    'image'
    >>> view_of(spaces.Box(0, 8, (11, 11), np.uint8))[::3]
    ('symbols', 9)
    >>> view_of(spaces.Box(-1.0, 1.0, (18,))).kind
    'vector'
    """
    if isinstance(space, spaces.Discrete) and space.start == 0:
        return View("symbols", (), np.int64, int(space.n))
    if isinstance(space, spaces.MultiDiscrete) and not np.any(space.start):
        return View("symbols", tuple(space.shape), np.int64, int(space.nvec.max()))
    if isinstance(space, spaces.MultiBinary):
        return View("vector", tuple(space.shape), np.float32)
    if isinstance(space, spaces.Box):
        shape = tuple(space.shape)
        if np.issubdtype(space.dtype, np.integer):
            if space.low.min() >= 0 and space.high.max() < MAX_SYMBOLS:
                return View("symbols", shape, np.uint8, int(space.high.max()) + 1)
            if space.dtype == np.uint8 and len(shape) in (2, 3) and (len(shape) == 2 or shape[2] <= 4):
                return View("image", shape, np.uint8)
        return View("vector", shape, np.float32)
    raise InputError(
        f"observation space {space}: supported are Box (numbers, symbols or uint8 images of [height, width] or "
        "[height, width, channels]), Discrete, MultiDiscrete and MultiBinary."
    )


def _name(env: ParallelEnv) -> str:
    return str(getattr(env, "metadata", {}).get("name", type(env).__name__))
