"""Protocols: what makes two results comparable."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from policybench.contexts import context_key
from policybench.errors import InputError, nearest
from policybench.step_ranges import RUNS

if TYPE_CHECKING:
    from policybench.environment import Environment

ProtocolName = Literal["smoke", "quick", "paper"]
NAMES: tuple[ProtocolName, ...] = get_args(ProtocolName)
"""All protocols, the shortest first."""

FINAL_EVALUATIONS = 25
"""How often a seed's final recommendation is evaluated afresh, at least."""

FINAL_STEPS = 400
"""Steps after the last one among which those of the final evaluations lie."""

MOST_STEPS = len(RUNS) - FINAL_STEPS
"""Principal steps that a run may have."""

MOST_SEEDS = 1000
"""Of a run; a submission holds no more either."""


@dataclass(frozen=True)
class Protocol:
    """Seeds and budget of a run.

    Attributes:
        name: ``smoke``, ``quick`` or ``paper``.
        seeds: number of seeds; they are 0, 1, ...
        steps: principal steps; None means the environment's own budget.
        standard: whether seeds and steps are the named protocol's own.
    """

    name: str
    seeds: int
    steps: int | None
    standard: bool = True

    def budget(self, environment_steps: int) -> int:
        """Principal steps in an environment whose own budget is ``environment_steps``.

        Raises:
            InputError: they are more than ``MOST_STEPS``.
        """
        steps = environment_steps if self.steps is None else self.steps
        if steps > MOST_STEPS:
            given = f"the environment's budget of {steps} steps" if self.steps is None else f"--steps {steps}"
            raise InputError(
                f"{given}: a run has at most {MOST_STEPS:,} steps; later ones are reserved for floors, ceilings "
                "and landscapes"
            )
        return steps

    def label(self, environment_steps: int) -> str:
        """Its folder's name: ``quick``, or ``quick-2x20`` where seeds or steps were changed."""
        if self.standard:
            return self.name
        return f"{self.name}-{self.seeds}x{self.budget(environment_steps)}"


PROTOCOLS: dict[ProtocolName, Protocol] = {
    "smoke": Protocol("smoke", seeds=2, steps=3),
    "quick": Protocol("quick", seeds=10, steps=100),
    "paper": Protocol("paper", seeds=10, steps=None),
}


def make_protocol(name: str, seeds: int | None = None, steps: int | None = None) -> Protocol:
    """A named protocol, with seeds or steps replaced where they are given.

    Raises:
        InputError: there is no protocol of that name, or it cannot have so many seeds or steps.
    """
    for what, number in (("seeds", seeds), ("steps", steps)):
        if number is not None and number < 1:
            raise InputError(f"{what} {number}: a run has at least 1")
    if name not in NAMES:
        raise InputError(f"protocol {name!r}: there is none; choose {', '.join(NAMES)}.{nearest(name, NAMES)}")
    if seeds is not None and seeds > MOST_SEEDS:
        raise InputError(f"seeds {seeds}: a run has at most {MOST_SEEDS}")
    base = PROTOCOLS[name]
    changed = Protocol(
        name,
        seeds=base.seeds if seeds is None else seeds,
        steps=base.steps if steps is None else steps,
    )
    return base if changed == base else Protocol(name, changed.seeds, changed.steps, standard=False)


def final_steps(environment: Environment, first: int) -> list[list[int]]:
    """The steps at which final recommendations are evaluated; they lie beyond the budget.

    Every context counts equally: with n contexts, each is evaluated 25 / n times, rounded up, at the first steps
    in which the environment draws it. Without contexts, and where contexts are more than 25 or too rare to meet
    each of them that often within 400 steps, the steps are the first 25.

    Args:
        environment: in which recommendations are evaluated.
        first: the first step beyond the budget.

    Returns:
        A list of rising steps for each seed, all of one length.
    """
    plain = [list(range(first, first + FINAL_EVALUATIONS)) for _ in environment.seeds]
    if environment.contexts(first) is None:
        return plain
    met: list[dict[str, list[int]]] = [defaultdict(list) for _ in environment.seeds]
    for step in range(first, first + FINAL_STEPS):
        for steps, context in zip(met, np.asarray(environment.contexts(step)), strict=True):
            steps[context_key(context)].append(step)
    known = set().union(*met)
    each = -(-FINAL_EVALUATIONS // len(known))
    if len(known) > FINAL_EVALUATIONS or any(len(steps.get(key, ())) < each for steps in met for key in known):
        return plain
    return [sorted(step for key in known for step in steps[key][:each]) for steps in met]
