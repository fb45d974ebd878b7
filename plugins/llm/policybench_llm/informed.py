"""A prior, not a model: guesses that were written down beforehand; the worse half is dropped after each round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policybench import Array, AskTell, Floats, InputError, Outcome, Problem, check_action, context_key
from policybench_llm.files import read_toml


class _Guesses(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    guesses: list[list[float]] = Field(min_length=1)
    source: str = ""


class Informed(AskTell):
    """Plays guesses in rounds: all once, those left twice, then four times; the better half stays after each.

    It measures what knowledge that was there before the first step is worth without any reasoning. Each context
    has rounds of its own. The last guess that is left is played to the end.
    """

    def __init__(self, problem: Problem, *, rng: np.random.Generator, guesses: str | None) -> None:
        """Read the guesses.

        Args:
            problem: the task.
            rng: unused; nothing is left to chance.
            guesses: a TOML file with ``guesses``, a list of actions; None for guesses that any box of actions has.

        Raises:
            InputError: the file cannot be read, or an action in it is not allowed.
        """
        super().__init__(problem, rng=rng)
        self._guesses = standard_guesses(problem) if guesses is None else _read(guesses, problem)
        self._payoffs: dict[str, list[list[float]]] = {}
        self._left: dict[str, list[int]] = {}

    def choose(self, context: Array | None) -> Floats:
        """The first guess that has not been played as often as the others that are left."""
        key = context_key(context)
        payoffs, left = self._of(key)
        return self._guesses[min(left, key=lambda i: len(payoffs[i]) >= _quota(payoffs, left))].copy()

    def learn(self, context: Array | None, action: Floats, outcome: Outcome) -> None:
        """Keep the payoff; at the end of a round the better half of the guesses."""
        key = context_key(context)
        payoffs, left = self._of(key)
        quota = _quota(payoffs, left)
        played = next(i for i in left if np.array_equal(self._guesses[i], action) and len(payoffs[i]) < quota)
        payoffs[played].append(float(outcome.payoff))
        if len(left) > 1 and all(len(payoffs[i]) >= quota for i in left):
            ranked = sorted(left, key=lambda i: -float(np.mean(payoffs[i])))
            left = sorted(ranked[: (len(left) + 1) // 2])
        self._payoffs[key], self._left[key] = payoffs, left

    def recommend(self, context: Array | None) -> Floats:
        """The guess with the best mean payoff among those left in this context; over all contexts if it is new."""
        key = context_key(context)
        tables = [self._payoffs[key]] if key in self._payoffs else list(self._payoffs.values())
        left = self._left.get(key, range(len(self._guesses)))
        means = {i: float(np.mean(found)) for i in left if (found := [p for table in tables for p in table[i]])}
        return self._guesses[max(means, key=lambda i: means[i]) if means else 0].copy()

    def state_dict(self) -> dict[str, Any]:
        """The guesses, what they paid, and which are left, by context."""
        learned = {
            "guesses": [guess.tolist() for guess in self._guesses],
            "payoffs": self._payoffs,
            "left": self._left,
        }
        return super().state_dict() | learned

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned; raises ``InputError`` if the file has changed since."""
        if state["guesses"] != [guess.tolist() for guess in self._guesses]:
            raise InputError("-p guesses: the file has changed since the run began; --fresh starts over")
        super().load_state_dict(state)
        self._payoffs = {key: [list(row) for row in table] for key, table in state["payoffs"].items()}
        self._left = {key: list(left) for key, left in state["left"].items()}

    def _of(self, key: str) -> tuple[list[list[float]], list[int]]:
        everything = list(range(len(self._guesses)))
        return self._payoffs.get(key, [[] for _ in everything]), self._left.get(key, everything)


def standard_guesses(problem: Problem) -> list[Floats]:
    """Guesses made from the bounds alone: the middle, the lowest, the highest, and each number alone high."""
    low, high = (bound.astype(np.float64) for bound in (problem.action_space.low, problem.action_space.high))
    alone = [np.where(np.arange(len(low)) == i, high, low) for i in range(len(low))] if len(low) > 1 else []
    return [problem.middle.astype(np.float64), low, high, *alone]


def _quota(payoffs: list[list[float]], left: list[int]) -> int:
    """How often each guess that is left is played by the end of the present round: 1, 3, 7, 15, ..."""
    fewest = min(len(payoffs[i]) for i in left)
    quota = 1
    while quota <= fewest:
        quota = 2 * quota + 1
    return quota


def _read(file: str, problem: Problem) -> list[Floats]:
    try:
        table = _Guesses.model_validate(read_toml("guesses", file, ""))
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise InputError(
            f"-p guesses={file}: {place}: {fault['msg']}; takes guesses = [[...], ...], a list of actions"
        ) from None
    space = problem.action_space
    low, high = space.low.astype(np.float64), space.high.astype(np.float64)
    return [
        np.clip(check_action(f"-p guesses={file}: guess {number}", guess, space), low, high)
        for number, guess in enumerate(table.guesses, start=1)
    ]
