"""Quasi-random search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import qmc

from policybench_optuna.black_box import BlackBox

if TYPE_CHECKING:
    from policybench import Array, Problem
    from policybench_optuna.history import History, Points


def sobol_point(dimensions: int, index: int, seed: int) -> Points:
    """One point, [dimensions], of a scrambled Sobol sequence (Owen's linear matrix scramble and digital shift)."""
    engine = qmc.Sobol(dimensions, scramble=True, seed=seed)
    if index:
        engine.fast_forward(index)
    point: Points = engine.random(1)[0]
    return point


class SobolSearch(BlackBox):
    """Goes through a scrambled Sobol sequence, in each context from its beginning; learns nothing."""

    def __init__(self, problem: Problem, *, rng: np.random.Generator) -> None:
        super().__init__(problem, rng=rng)
        self._seed = self.draw_seed()

    def suggest(self, context: Array | None, history: History) -> Points:
        """The sequence's next point."""
        return sobol_point(self.dimensions, len(history), self._seed)

    def state_dict(self) -> dict[str, Any]:
        """The histories and the scramble."""
        return super().state_dict() | {"seed": self._seed}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""
        super().load_state_dict(state)
        self._seed = state["seed"]
