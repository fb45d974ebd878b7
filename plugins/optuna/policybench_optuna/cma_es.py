"""The covariance matrix adaptation evolution strategy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from cmaes import CMA

from policybench import context_key
from policybench_optuna.black_box import BlackBox

if TYPE_CHECKING:
    from policybench import Array, Problem
    from policybench_optuna.history import History, Points


class CMAES(BlackBox):
    """Draws each generation from a normal distribution, and moves it towards the better half.

    Runs the library ``cmaes``, which is also behind Optuna's CMA-ES sampler, from the middle of the action
    space. Its state is rebuilt from the payoffs, generation by generation, whenever it is not at hand.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        rng: np.random.Generator,
        sigma: float,
        population: int | None,
        lr_adapt: bool,
    ) -> None:
        # The library takes two dimensions or more; a second one that means nothing completes a single one.
        super().__init__(problem, rng=rng, dimensions=max(2, problem.action_dim))
        self._sigma, self._population, self._lr_adapt = sigma, population, lr_adapt
        self._optimizers: dict[str, CMA] = {}

    def suggest(self, context: Array | None, history: History) -> Points:
        """A draw from the present generation's distribution, inside the cube."""
        optimizer = self._optimizers.setdefault(context_key(context), self._new())
        size = optimizer.population_size
        while (optimizer.generation + 1) * size <= len(history):
            first = optimizer.generation * size
            points, payoffs = history.points[first : first + size], history.payoffs[first : first + size]
            # The library minimises.
            optimizer.tell([(point, -payoff) for point, payoff in zip(points, payoffs.tolist(), strict=True)])
        optimizer.reseed_rng(self.draw_seed())
        point: Points = optimizer.ask()
        return point

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""
        super().load_state_dict(state)
        self._optimizers = {}

    def _new(self) -> CMA:
        return CMA(
            mean=np.full(self.dimensions, 0.5),
            sigma=self._sigma,
            bounds=np.tile([0.0, 1.0], (self.dimensions, 1)),
            n_max_resampling=10 * self.dimensions,
            population_size=self._population,
            seed=0,
            lr_adapt=self._lr_adapt,
        )
