"""The principal under test, and the tasks that it is tried on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from policybench.errors import InputError, StopRunError
from policybench.specs import PrincipalSpec
from policybench.testing.check import UnusableError, fail, same, shown
from policybench.testing.principals.cases import Case, every_environment, every_shape
from policybench.testing.principals.playing import Game, game

N_STEPS = 8
"""Steps that most checks play, twice where they compare a continuation."""

LONG = 30
"""Steps that a task is played for where what comes late matters."""


@dataclass(frozen=True)
class PrincipalSubject:
    """The principal under test; ``options`` are those that do not have their defaults."""

    spec: PrincipalSpec
    options: Mapping[str, Any]

    def game(self, case: Case, **more: Any) -> AbstractContextManager[Game]:
        """A game on a case."""
        return game(self.spec, self.options, case, **more)

    @cached_property
    def of_every_shape(self) -> list[Case]:
        """The tasks of every shape that it accepts."""
        return self._accepted[0]

    @cached_property
    def of_every_environment(self) -> list[Case]:
        """The tasks of installed environments that it accepts."""
        return self._accepted[1]

    @cached_property
    def sound(self) -> list[Case]:
        """The tasks on which it can be watched: those that it plays without a fault.

        Raises:
            ConformanceError: it plays none; what goes wrong is found by the checks that are about tasks.
        """
        found = [case for case in self.of_every_shape or self.of_every_environment if self._plays(case)]
        if not found:
            fail(
                "it plays at least one task without a fault",
                "it plays none: see the checks every-shape and others",
            )
        return found

    @cached_property
    def _accepted(self) -> tuple[list[Case], list[Case]]:
        refusals: list[InputError] = []
        shapes = [case for case in every_shape() if self._accepts(case, refusals)]
        environments = [case for case in every_environment() if self._accepts(case, refusals)]
        if not shapes and not environments:
            raise UnusableError(f"{self.spec.name} refuses every task: {refusals[0]}")
        return shapes, environments

    def _accepts(self, case: Case, refusals: list[InputError]) -> bool:
        """Whether it does not refuse the task by ``InputError``, nor the harness for want of a gradient."""
        try:
            with self.game(case) as begun:
                return case.problem.has_gradient or not begun.principal.needs_gradient
        except InputError as error:
            refusals.append(error)
            return False
        except Exception:  # noqa: BLE001 - the checks that are about tasks find it again
            return True

    def _plays(self, case: Case) -> bool:
        try:
            with self.game(case) as begun:
                begun.play(N_STEPS)
        except StopRunError:
            raise
        except Exception:  # noqa: BLE001 - the checks that are about tasks find it again
            return False
        return True

    def begun(self) -> Iterator[Game]:
        """A game on each task on which it can be watched, before its first step."""
        for case in self.sound:
            with self.game(case) as begun:
                yield begun


def compare(first: Any, second: Any, expected: str, case: Case) -> None:
    """Fail unless both are the same in every bit."""
    if not same(first, second):
        for step, (one, other) in enumerate(zip(first, second, strict=False)):
            if not same(one, other):
                fail(expected, f"{shown(one)} and {shown(other)} at comparison {step} (task: {case.name})")
        fail(expected, f"{shown(first)} and {shown(second)} (task: {case.name})")
