"""What black-box optimisers share: a unit cube for the action space, histories, and what they recommend."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from policybench import AskTell
from policybench.threads import one_thread
from policybench_optuna.gaussian_process import GaussianProcess
from policybench_optuna.history import Histories, History

if TYPE_CHECKING:
    from policybench import Array, Floats, Outcome, Problem
    from policybench_optuna.history import Points

RECOMMENDATION_POINTS = 200
"""Most points that the recommendation's Gaussian process is fitted to."""


class BlackBox(AskTell):
    """Chooses points of the unit cube by payoffs alone; each context is a search of its own.

    Args:
        problem: the task.
        rng: the only source of randomness.
        dimensions: of the optimiser's cube, if it needs more than the action has; what is over is ignored.
    """

    def __init__(self, problem: Problem, *, rng: np.random.Generator, dimensions: int | None = None) -> None:
        super().__init__(problem, rng=rng)
        space = problem.action_space
        self._low, self._high = space.low.astype(np.float64), space.high.astype(np.float64)
        self.dimensions = problem.action_dim if dimensions is None else dimensions
        self.histories = Histories(self.dimensions)
        self._point: Points = np.full(self.dimensions, 0.5)

    @abstractmethod
    def suggest(self, context: Array | None, history: History) -> Points:
        """The next point of the unit cube, [dimensions], after a context's history."""

    def choose(self, context: Array | None) -> Floats:
        """The action that the suggested point stands for, [action_dim]."""
        with one_thread():
            self._point = np.clip(self.suggest(context, self.histories[context]), 0, 1)
        return self._action(self._point)

    def learn(self, context: Array | None, action: Floats, outcome: Outcome) -> None:
        """Add the payoff to the context's history."""
        self.histories.add(context, self._point, float(outcome.payoff))

    def recommend(self, context: Array | None) -> Floats:
        """The tried action of the highest posterior mean under a Gaussian process; draws nothing.

        So no lucky draw wins by its noise. In a context never seen the payoffs of all contexts are pooled; before
        any payoff it is the middle of the action space.
        """
        history = self.histories[context]
        if not len(history):
            history = self.histories.pooled()
        if not len(history):
            return self.problem.middle
        with one_thread():
            dimensions = self.problem.action_dim
            process = GaussianProcess(history.summary(RECOMMENDATION_POINTS, dimensions))
            points = history.points[:, :dimensions]
            return self._action(points[process.mean(points).argmax()])

    def state_dict(self) -> dict[str, Any]:
        """The question that is open and all payoffs; optimisers are made anew from them."""
        return super().state_dict() | {"point": self._point, "histories": self.histories.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""
        super().load_state_dict(state)
        self._point = state["point"]
        self.histories.load_state_dict(state["histories"])

    def draw_seed(self) -> int:
        """A seed for an optimiser's own generator."""
        return int(self.rng.integers(2**31 - 1))

    def _action(self, point: Points) -> Floats:
        """The action, [action_dim], of the space's dtype, that a point of the cube stands for."""
        space = self.problem.action_space
        values = self._low + point[: self.problem.action_dim] * (self._high - self._low)
        action: Floats = np.clip(values.astype(space.dtype), space.low, space.high)
        return action
