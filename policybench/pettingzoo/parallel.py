"""Takes what ``make_env`` makes as a ``ParallelEnv`` that a principal can steer, or says why it is none."""

from __future__ import annotations

import inspect
from typing import Any

from pettingzoo import AECEnv
from pettingzoo.utils import aec_to_parallel

from policybench.errors import InputError

_NEEDED = ("possible_agents", "observation_space", "action_space", "reset", "step")


def game_name(env: Any) -> str:
    """What a game calls itself in its metadata, or its class."""
    metadata = getattr(env, "metadata", None)
    return str((metadata or {}).get("name", type(env).__name__))


def as_parallel(made: Any, name: str) -> Any:
    """The game as one in which all act at once; raises ``InputError`` if its agents can only move in turns."""
    turns = isinstance(made, AECEnv) or (hasattr(made, "agent_iter") and hasattr(made, "last"))
    if not turns:
        return made
    if not getattr(made, "metadata", {}).get("is_parallelizable", False):
        raise InputError(
            f"game {name}: its agents move in turns (an AECEnv), and its metadata does not say is_parallelizable; "
            "supported are games in which all act at once."
        )
    return aec_to_parallel(made)


def check_game(made: Any, env: Any, name: str) -> None:
    """Check that a game has what playing it takes.

    Args:
        made: what ``make_env`` made.
        env: the same as a ``ParallelEnv``.
        name: of the game.

    Raises:
        InputError: something is missing.
    """
    for attribute in _NEEDED:
        if not hasattr(env, attribute):
            raise InputError(f"game {name}: has no {attribute}, which every ParallelEnv of PettingZoo has.")
    if not callable(getattr(made, "set_policy", None)):
        raise InputError(
            f"game {name}: has no method set_policy(action), by which the principal's action reaches it."
        )
    if not _takes_seed(env.reset):
        raise InputError(
            f"game {name}: reset() takes no seed; expected reset(seed=None, options=None) of PettingZoo."
        )


def _takes_seed(reset: Any) -> bool:
    try:
        parameters = inspect.signature(reset).parameters.values()
    except (TypeError, ValueError):
        return True
    return any(each.name == "seed" or each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters)
