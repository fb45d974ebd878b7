"""An environment with relabelled actions; the one inside knows nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from policybench.actions import check_action
from policybench.arrays import Array, Floats
from policybench.environment import Environment
from policybench.errors import InputError
from policybench.outcome import Outcome
from policybench.problem import Problem
from policybench.relabelling.mapping import Relabelling, draw_relabelling
from policybench.relabelling.prose import relabelled_problem


class RelabelledEnvironment(Environment):
    """Translates each seed's actions on their way in, and its gradients on their way out.

    ``problem`` is the task of the first seed; every seed has one of its own, see ``problems``.
    """

    def __init__(self, plain: Environment, relabel: int) -> None:
        """Draw the relabelling of each seed of an environment that nobody else uses."""
        super().__init__(plain.seeds)
        self._plain = plain
        problem = plain.problem
        self._relabellings = [draw_relabelling(problem.action_space, relabel, seed) for seed in self.seeds]
        self._problems = tuple(relabelled_problem(problem, each) for each in self._relabellings)
        self.problem = self._problems[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The task of each seed, with the bounds and the prose of its own numbers."""
        return self._problems

    def prepare(self) -> None:
        """Prepare the environment inside."""
        self._plain.prepare()

    def close(self) -> None:
        """Close the environment inside."""
        self._plain.close()

    def contexts(self, step: int) -> Array | None:
        """Contexts are not relabelled."""
        return self._plain.contexts(step)

    def evaluate(self, step: int, actions: Floats, *, gradient: bool = False) -> list[Outcome]:
        """Outcomes of relabelled actions, [n_seeds, action_dim], each in the numbers of its seed.

        Raises:
            InputError: there are more or fewer rows, or one lies outside its seed's action space.
        """
        if np.ndim(actions) != 2 or len(actions) != len(self.seeds):
            shape = (len(self.seeds), self.problem.action_dim)
            raise InputError(f"actions of shape {np.shape(actions)}: takes one a seed, {shape}")
        plain = np.array([self._to_plain(row, action) for row, action in enumerate(np.asarray(actions))])
        outcomes = self._plain.evaluate(step, plain, gradient=gradient)
        if not gradient or len(outcomes) != len(self.seeds):
            return outcomes
        pairs = zip(outcomes, self._relabellings, strict=True)
        return [_with_gradient(outcome, relabelling) for outcome, relabelling in pairs]

    def render(self, step: int, action: Floats) -> Iterator[Array]:
        """Frames of the first seed's validation episode under an action in the first seed's numbers."""
        return self._plain.render(step, self._to_plain(0, action))

    def _to_plain(self, row: int, action: Floats) -> Floats:
        values = np.asarray(action, dtype=np.float64)
        checked = check_action(f"action {values}", values.tolist(), self._problems[row].action_space)
        return self._relabellings[row].to_plain(checked)


def _with_gradient(outcome: Outcome, relabelling: Relabelling) -> Outcome:
    """The outcome with derivatives by the relabelled action."""
    plain, baseline = outcome.gradient, outcome.baseline_gradient
    return replace(
        outcome,
        gradient=None if plain is None else relabelling.gradient(plain),
        baseline_gradient=None if baseline is None else relabelling.gradient(baseline),
    )
