"""Steps after a search has ended: nothing is evaluated any more, and the payoff that it converged to stands in.

The curve of such a seed goes on flat, so that it is as long as those of others and every metric is defined as
usual. A filled step counts the validation timesteps of the last step that was evaluated, and no training; in the
step log its notes say ``{"filled": true}``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from policybench.errors import ContractError
from policybench.outcome import Floats, Outcome, Timesteps

Settled = tuple[Floats, float] | None
"""What ``Principal.settled`` returns: None, or action and payoff at which the search has ended."""

NOTES: dict[str, Any] = {"filled": True}
"""The notes of a filled step."""


def fill(
    settled: Sequence[Settled], evaluate: Callable[[], list[Outcome]], validation: Sequence[int]
) -> list[Outcome]:
    """Outcomes, one a seed, of which those of settled seeds are filled in.

    Args:
        settled: what each principal says.
        evaluate: evaluates the actions of all seeds; not called if every seed is settled.
        validation: validation timesteps of each seed's previous step; empty at the first one.

    Raises:
        ContractError: a search ended before anything was evaluated.
    """
    ended = [end is not None for end in settled]
    if any(ended) and not validation:
        raise ContractError("a principal's search ended before its first step")
    if all(ended):
        return [_filled(end, steps) for end, steps in zip(settled, validation, strict=True) if end is not None]
    return [
        outcome if end is None else _filled(end, validation[i])
        for i, (end, outcome) in enumerate(zip(settled, evaluate(), strict=False))
    ]


def _filled(end: tuple[Floats, float], validation: int) -> Outcome:
    return Outcome(end[1], Timesteps(training=0, validation=validation))
