"""A process that plays some copies of a game; ``distributed`` starts it.

It reads requests from its standard input and writes an answer to each to what was its standard output; what the
game prints goes to standard error. It ends when its input does, so that it never outlives who started it.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any, NamedTuple

import cloudpickle

from policybench.global_generators import global_states
from policybench.pettingzoo.copies import Here, make_games
from policybench.pettingzoo.game import Game
from policybench.pettingzoo.observation_spaces import ACTION_MASK
from policybench.pettingzoo.probe import refuse_global_generators
from policybench.pettingzoo.scene import Advance

_LENGTH = 8
"""Bytes before a message, which say how long it is."""


class Shown(NamedTuple):
    """What is to be seen of a copy after its reset or step; see ``Scene.show``."""

    living: list[Any]
    observations: dict[Any, Any]
    infos: dict[Any, Any]
    steps: int


class Failure(NamedTuple):
    """The copy that failed, by its number in the process, and how."""

    copy: int
    error: Exception


def write(to: IO[bytes], content: bytes) -> None:
    """Send a message."""
    to.write(len(content).to_bytes(_LENGTH, "little") + content)
    to.flush()


def read(source: IO[bytes]) -> bytes:
    """The next message; raises ``EOFError`` if there is none, as the other side ended."""
    length = source.read(_LENGTH)
    content = source.read(int.from_bytes(length, "little"))
    if len(length) < _LENGTH or len(content) < int.from_bytes(length, "little"):
        raise EOFError
    return content


class _Server:
    """Makes copies of a game, and plays them as it is told."""

    def __init__(self, content: bytes) -> None:
        make_env, fresh_copies, n, judge = cloudpickle.loads(content)
        self.copies = Here(make_games(lambda: Game(make_env, fresh_copies=fresh_copies), n), judge)
        self._chance = global_states()

    def answer(self, content: bytes) -> Any:
        """What a method of ``Here`` returns, and what is to be seen afterwards."""
        method, arguments = pickle.loads(content)
        if torch := sys.modules.get("torch"):
            torch.set_num_threads(1)  # as in the process that asks
        try:
            result = getattr(self.copies, method)(*arguments)
            if method == "judge":
                refuse_global_generators(self.copies.first, self._chance)
        except Exception as error:  # noqa: BLE001 - the other side raises it
            return Failure(self.copies.reached, error)
        if method == "begin":
            return [_shown(game, {}) for game in self.copies.games[: len(arguments[0])]]
        if method == "step":
            return {i: (advance, _shown(self.copies.games[i], advance)) for i, advance in result.items()}
        return result


def _shown(game: Game, advance: Advance | Mapping[Any, Any]) -> Shown:
    """What followers need of it: what they see, also for the last time, and their masks."""
    ended = advance.terminated | advance.truncated if isinstance(advance, Advance) else frozenset()
    masks = {
        agent: {ACTION_MASK: info[ACTION_MASK]}
        for agent in game.living
        if isinstance(info := game.infos.get(agent), Mapping) and ACTION_MASK in info
    }
    seen = {
        agent: game.observations[agent] for agent in game.observations if agent in ended or agent in game.living
    }
    return Shown(game.living, seen, masks, game.steps)


def packed(answer: Any) -> bytes:
    """An answer as bytes; a failure that cannot be packed keeps its message."""
    try:
        content = pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
        if isinstance(answer, Failure):
            pickle.loads(content)
    except Exception as error:  # noqa: BLE001 - anything may go wrong in what others wrote
        copy, failed = answer if isinstance(answer, Failure) else (0, error)
        return pickle.dumps(Failure(copy, RuntimeError(f"{type(failed).__name__}: {failed}")))
    return content


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests until there are no more.

    The first one holds what makes a game, whether each episode has a fresh one, how many, and the judge; each of
    the others a method of ``Here`` and its arguments.
    """
    server: _Server | None = None
    with suppress(EOFError, OSError):
        content = read(requests)
        try:
            server, answer = _Server(content), None
        except Exception as error:  # noqa: BLE001 - the other side raises it
            answer = Failure(0, error)
        while True:
            write(answers, packed(answer))
            content = read(requests)
            assert server is not None  # a failure to start is not followed by requests
            answer = server.answer(content)
    if server is not None:
        server.copies.close()


def main() -> None:
    """Serve whoever started this process, and end when they do, also when somebody presses Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    serve(requests, answers)
