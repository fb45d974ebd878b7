"""Fills the steps after a search has ended, by the rule of ``policybench.store.filled``."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

import numpy as np

from policybench.arrays import Array, Floats
from policybench.environment import Environment
from policybench.errors import ContractError
from policybench.outcome import Outcome, Timesteps
from policybench.store import StepRecord
from policybench.store.filled import (
    MOST_REPEATED,
    Evaluated,
    evaluated,
    filled_payoff,
    is_filled,
    repeated,
    validation_timesteps,
)


class Filling:
    """Gives the outcomes of a run's steps, evaluated or filled, and keeps what later ones are filled with."""

    def __init__(self, environment: Environment, done: Iterable[StepRecord]) -> None:
        """Begin after the steps that are done."""
        self._environment = environment
        self._past: list[deque[Evaluated]] = [deque(maxlen=MOST_REPEATED) for _ in environment.seeds]
        self.remember(done)

    def remember(self, records: Iterable[StepRecord]) -> None:
        """Take in whole steps, one record per seed and step."""
        for index, record in enumerate(records):
            if not is_filled(record):
                self._past[index % len(self._past)].append(evaluated(record))

    def evaluate(
        self,
        step: int,
        contexts: Array | None,
        actions: Floats,
        ended: Sequence[bool],
        *,
        gradient: bool,
    ) -> list[Outcome]:
        """Outcomes of a step, one a seed; those of seeds whose search has ended are filled in.

        Args:
            step: the principal step.
            contexts: [n_seeds, ...], or None.
            actions: [n_seeds, action_dim].
            ended: which seeds' searches have ended; nothing is evaluated once all have.
            gradient: whether outcomes that are evaluated must carry the hypergradient.

        Raises:
            ContractError: a search ended before anything was evaluated, or at an action that it did not set last.
        """
        filled = [
            _fill(self._past[i], () if contexts is None else _plain(contexts[i]), actions[i]) if over else None
            for i, over in enumerate(ended)
        ]
        if all(outcome is not None for outcome in filled):
            return [outcome for outcome in filled if outcome is not None]
        evaluated = self._environment.evaluate(step, actions, gradient=gradient)
        return [
            outcome if instead is None else instead for instead, outcome in zip(filled, evaluated, strict=False)
        ]


def _fill(past: Iterable[Evaluated], context: tuple[float, ...], end: Floats) -> Outcome:
    steps = repeated(list(past))
    if not steps:
        raise ContractError("a principal's search ended before its first step")
    for step in steps:
        if step.context == context and step.action != _plain(end):
            raise ContractError(
                f"a principal's search ended at {list(_plain(end))}, but what it set last is {list(step.action)}"
            )
    return Outcome(filled_payoff(steps, context), Timesteps(training=0, validation=validation_timesteps(steps)))


def _plain(values: Array) -> tuple[float, ...]:
    return tuple(np.ravel(np.asarray(values, dtype=np.float64)).tolist())
