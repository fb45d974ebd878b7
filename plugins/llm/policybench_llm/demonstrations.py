"""Past steps, as the prompt shows them, and which of them it shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from policybench import InputError

Select = Callable[[Sequence["Demonstration"], tuple[float, ...] | None], "list[Demonstration]"]


@dataclass(frozen=True)
class Demonstration:
    """One past step.

    Attributes:
        step: its number, from 0.
        context: what was known before; None where there are no contexts.
        action: what was set.
        payoff: what it paid.
        observation: summaries of what was observed, by name.
    """

    step: int
    context: tuple[float, ...] | None
    action: tuple[float, ...]
    payoff: float
    observation: dict[str, str]

    def state(self) -> list[Any]:
        """Plain data, for a checkpoint."""
        context = None if self.context is None else list(self.context)
        return [self.step, context, list(self.action), self.payoff, self.observation]

    @staticmethod
    def of(state: Sequence[Any]) -> Demonstration:
        """What ``state`` described."""
        step, context, action, payoff, observation = state
        return Demonstration(step, None if context is None else tuple(context), tuple(action), payoff, observation)


def parse_selection(text: str) -> Select:
    """The choice that ``all``, ``last:20`` or ``best:10`` stands for, in order of time.

    ``best`` looks at the steps in the present context alone; of equal payoffs the later one is shown.

    Raises:
        InputError: the text stands for none.
    """
    found = re.fullmatch(r"all|(last|best):([1-9]\d{0,8})", text)
    if found is None:
        raise InputError(
            f"-p demonstrations={text}: takes all, last:N or best:N with N at least 1, such as last:20"
        )
    kind, count = found[1], int(found[2] or 0)
    if kind is None:
        return lambda past, _: list(past)
    if kind == "last":
        return lambda past, _: list(past[-count:])

    def best(past: Sequence[Demonstration], context: tuple[float, ...] | None) -> list[Demonstration]:
        here = [step for step in past if step.context == context]
        ranked = sorted(here, key=lambda step: (step.payoff, step.step), reverse=True)
        return sorted(ranked[:count], key=lambda step: step.step)

    return best
