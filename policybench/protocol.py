"""Protocols: what makes two results comparable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Integral
from typing import Literal, get_args

from policybench.errors import InputError, nearest
from policybench.parts import Part
from policybench.step_ranges import RUNS

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
        part: which of the seeds are run; None stands for all.
    """

    name: str
    seeds: int
    steps: int | None
    standard: bool = True
    part: Part | None = None

    @property
    def seed_numbers(self) -> list[int]:
        """The seeds to run.

        Raises:
            InputError: there are fewer seeds than parts.
        """
        return list(range(self.seeds)) if self.part is None else self.part.seeds(self.seeds)

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
        """Its folder's name: ``quick``; ``quick-2x20`` where seeds or steps were changed; then the part."""
        whole = self.name if self.standard else f"{self.name}-{self.seeds}x{self.budget(environment_steps)}"
        return whole if self.part is None else f"{whole}-{self.part.suffix}"


PROTOCOLS: dict[ProtocolName, Protocol] = {
    "smoke": Protocol("smoke", seeds=2, steps=3),
    "quick": Protocol("quick", seeds=10, steps=100),
    "paper": Protocol("paper", seeds=10, steps=None),
}


def make_protocol(
    name: str, seeds: int | None = None, steps: int | None = None, part: Part | None = None
) -> Protocol:
    """A named protocol, with seeds or steps replaced where they are given, or a part of it.

    Raises:
        InputError: there is no protocol of that name, or it cannot have so many seeds or steps.
    """
    if seeds is not None and not (_is_whole(seeds) and 1 <= seeds <= MOST_SEEDS):
        raise InputError(f"seeds {seeds!r}: takes an integer from 1 to {MOST_SEEDS}")
    if steps is not None and not (_is_whole(steps) and steps >= 1):
        raise InputError(f"steps {steps!r}: takes an integer, at least 1")
    if name not in NAMES:
        raise InputError(
            f"protocol {name!r}: there is none.{nearest(str(name), NAMES)} Choose {', '.join(NAMES)}."
        )
    base = PROTOCOLS[name]
    changed = Protocol(
        name,
        seeds=base.seeds if seeds is None else int(seeds),
        steps=base.steps if steps is None else int(steps),
    )
    return replace(changed, standard=changed == base, part=part)


def _is_whole(number: object) -> bool:
    """Whether it is an integer, of Python or of numpy."""
    return isinstance(number, Integral)
