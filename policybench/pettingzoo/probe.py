"""What is tried before followers learn in a game: that a seed fixes an episode, and that the action is kept.

A game is played three times with the same seed and the same random actions of all agents, for a few steps: twice
under one action of the principal, once under another. It is done once in a process for each kind of game.
"""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.arrays import Floats
from policybench.errors import ContractError
from policybench.global_generators import global_states, used_since
from policybench.pettingzoo.copies import Here
from policybench.pettingzoo.episode import Judge
from policybench.pettingzoo.game import Game
from policybench.pettingzoo.roles import Interface
from policybench.pettingzoo.rollout import EpisodeSeeds, play
from policybench.pettingzoo.uniform import Uniform
from policybench.streams import generator

_STEPS = 50
_SEED = 1

_known: set[Any] = set()
_lock = threading.Lock()


class _Trace(NamedTuple):
    """What was seen and paid in one episode."""

    seen: tuple[bytes, ...]
    rewards: NDArray[np.float64]

    def same(self, other: _Trace) -> bool:
        return self.seen == other.seen and np.array_equal(self.rewards, other.rewards)


def probe(game: Game, interface: Interface, low: Floats, high: Floats) -> None:
    """Refuse a game whose outcomes would mean nothing.

    Args:
        game: a copy.
        interface: its roles.
        low: the principal's lowest action.
        high: its highest.

    Raises:
        ContractError: a seed does not fix an episode, or ``reset`` forgets the principal's action.
    """
    kind = (
        type(game.made),
        type(getattr(game.made, "unwrapped", game.made)),
        game.name,
        interface.agents,
        low.tobytes(),
        high.tobytes(),
    )
    with _lock:
        if kind in _known:
            return
        _probe(game, interface, low, high)
        _known.add(kind)


def _probe(game: Game, interface: Interface, low: Floats, high: Floats) -> None:
    before = global_states()
    inside = low + 0.6 * (high - low)
    first, again = (_trace(game, interface, inside) for _ in range(2))
    if not first.same(again):
        raise ContractError(
            f"game {game.name}: two episodes that began with reset(seed={_SEED}), with the same actions, differ "
            f"{_where(first, again)}; luck of an episode must come from its seed; if reset() leaves something of "
            "the episode before, fresh_copies=True helps"
        )
    refuse_global_generators(game, before)
    other = _trace(game, interface, high)
    if first.same(other) and not first.same(_trace(game, interface, high, late=True)):
        raise ContractError(
            f"game {game.name}: reset() forgets what set_policy() set: two different actions lead to "
            "the same episode; keep the action across resets"
        )


def refuse_global_generators(game: Game, before: Any) -> None:
    """Raise ``ContractError`` if the game used a global random generator since the states were ``before``."""
    used = used_since(before)
    if used:
        raise ContractError(
            f"game {game.name}: uses {used}'s global random generator, which seeds in other threads use, too; "
            "draw from a generator of the game's own, made in reset(seed=...)"
        )


def _trace(game: Game, interface: Interface, action: Floats, *, late: bool = False) -> _Trace:
    """An episode under an action, which may be set after the reset instead of before it."""
    watcher = _Late(game, action) if late else None
    if watcher is None:
        game.set_policy(action)
    policies = [Uniform(role) for role in interface.roles]
    alone = Here([game], Judge.of(game.made, None, None))
    seeds = EpisodeSeeds(_SEED, generator(_SEED, 0, "probe"))
    play(alone, [seeds], policies, interface, longest=_STEPS, watch=watcher)
    return _Trace(tuple(seen for policy in policies for seen in policy.seen), game.episode().rewards)


class _Late:
    """Sets the action once the game was reset."""

    def __init__(self, game: Game, action: Floats) -> None:
        self.game, self.action = game, action

    def __call__(self, env: Any) -> None:
        if self.game.steps == 0:
            self.game.set_policy(self.action)


def _where(first: _Trace, again: _Trace) -> str:
    n = min(len(first.rewards), len(again.rewards))
    unequal = np.flatnonzero((first.rewards[:n] != again.rewards[:n]).any(axis=1))
    if first.seen != again.seen:
        return "in what agents see"
    return f"in rewards, first in step {int(unequal[0]) + 1}" if len(unequal) else "in length"
