"""Steps after a search has ended: nothing is evaluated any more, and the payoff that it converged to stands in.

The curve of such a seed goes on flat, so that it is as long as those of others and every metric is defined as
usual. What a filled step pays follows from the steps before it and is nobody's choice: the mean payoff of the last
evaluated steps with this context, as far back as every context had one and the same action, 40 steps at most. If
this context is not among them, the mean over all of them. A filled step counts their mean validation timesteps,
rounded up, and no training; in the step log its notes say ``{"filled": true}``.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from policybench.errors import ContractError
from policybench.outcome import Array, Floats, Outcome, Timesteps
from policybench.store import StepRecord

Settled = Floats | None
"""What ``Principal.settled`` returns: None, or the action at which the search has ended."""

NOTES: dict[str, Any] = {"filled": True}
"""The notes of a filled step."""

MOST_REPEATED = 40
"""Steps whose mean payoff fills a curve, at most: so many must be at hand to see that it is right."""


@dataclass(frozen=True)
class Evaluated:
    """A step that was evaluated, as far as filling needs it; no context is the empty one."""

    context: tuple[float, ...]
    action: tuple[float, ...]
    payoff: float
    validation: int


class Filling:
    """Gives the outcomes of a run's steps, evaluated or filled, and keeps what later ones are filled with."""

    def __init__(self, n_seeds: int, done: Iterable[StepRecord]) -> None:
        """Begin after the steps that are done."""
        self._past: list[deque[Evaluated]] = [deque(maxlen=MOST_REPEATED) for _ in range(n_seeds)]
        self.remember(done)

    def remember(self, records: Iterable[StepRecord]) -> None:
        """Take in whole steps, a record a seed and step."""
        for index, record in enumerate(records):
            if not is_filled(record):
                self._past[index % len(self._past)].append(_evaluated(record))

    def outcomes(
        self, settled: Sequence[Settled], contexts: Array | None, evaluate: Callable[[], list[Outcome]]
    ) -> list[Outcome]:
        """Outcomes, one a seed, of which those of settled seeds are filled in.

        Args:
            settled: what each principal says.
            contexts: [n_seeds, ...], or None.
            evaluate: evaluates the actions of all seeds; not called if every seed is settled.

        Raises:
            ContractError: a search ended before anything was evaluated, or at an action that it did not set last.
        """
        filled = [
            None if end is None else _fill(self._past[i], () if contexts is None else _plain(contexts[i]), end)
            for i, end in enumerate(settled)
        ]
        if all(outcome is not None for outcome in filled):
            return [outcome for outcome in filled if outcome is not None]
        return [
            outcome if instead is None else instead for instead, outcome in zip(filled, evaluate(), strict=False)
        ]


def is_filled(record: StepRecord) -> bool:
    """Whether a step was filled in."""
    return record.notes == NOTES


def repeated(past: Sequence[Evaluated]) -> list[Evaluated]:
    """The last steps, as far back as every context had one and the same action; at most ``MOST_REPEATED``."""
    actions: dict[tuple[float, ...], tuple[float, ...]] = {}
    found: list[Evaluated] = []
    for step in reversed(past[-MOST_REPEATED:]):
        if actions.setdefault(step.context, step.action) != step.action:
            break
        found.append(step)
    return found[::-1]


def converged_payoff(steps: Sequence[Evaluated], context: tuple[float, ...]) -> float:
    """The payoff that fills a step with this context, given what ``repeated`` found."""
    payoffs = [step.payoff for step in steps if step.context == context] or [step.payoff for step in steps]
    return math.fsum(payoffs) / len(payoffs)


def validation_timesteps(steps: Sequence[Evaluated]) -> int:
    """What a filled step counts, given what ``repeated`` found."""
    return -(-sum(step.validation for step in steps) // len(steps))


def _fill(past: Iterable[Evaluated], context: tuple[float, ...], end: Floats) -> Outcome:
    steps = repeated(list(past))
    if not steps:
        raise ContractError("a principal's search ended before its first step")
    for step in steps:
        if step.context == context and step.action != _plain(end):
            raise ContractError(
                f"a principal's search ended at {list(_plain(end))}, but what it set last is {list(step.action)}"
            )
    return Outcome(converged_payoff(steps, context), Timesteps(training=0, validation=validation_timesteps(steps)))


def _evaluated(record: StepRecord) -> Evaluated:
    context = tuple(record.context or ())
    return Evaluated(context, tuple(record.action), record.payoff, record.timesteps.validation)


def _plain(values: Array) -> tuple[float, ...]:
    return tuple(np.ravel(np.asarray(values, dtype=np.float64)).tolist())
