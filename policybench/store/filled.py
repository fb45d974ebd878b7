"""Steps after a search has ended: nothing is evaluated any more, and the payoff that it converged to stands in.

The curve of such a seed goes on flat, so that it is as long as those of others and every metric is defined as
usual. What a filled step pays follows from the steps before it and is nobody's choice: the mean payoff of the last
evaluated steps with this context, as far back as every context had one and the same action, 40 steps at most. If
this context is not among them, the mean over all of them. A filled step counts their mean validation timesteps,
rounded up, and no training; in the step log its notes say ``{"filled": true}``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from policybench.store.records import StepRecord

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


def filled_payoff(steps: Sequence[Evaluated], context: tuple[float, ...]) -> float:
    """The payoff that fills a step with this context, given what ``repeated`` found."""
    payoffs = [step.payoff for step in steps if step.context == context] or [step.payoff for step in steps]
    return math.fsum(payoffs) / len(payoffs)


def validation_timesteps(steps: Sequence[Evaluated]) -> int:
    """What a filled step counts, given what ``repeated`` found."""
    return -(-sum(step.validation for step in steps) // len(steps))


def evaluated(record: StepRecord) -> Evaluated:
    """What filling needs of a record."""
    context = tuple(record.context or ())
    return Evaluated(context, tuple(record.action), record.payoff, record.timesteps.validation)
