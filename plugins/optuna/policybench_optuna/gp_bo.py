"""Bayesian optimisation with a Gaussian process that knows of noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.special import erfcx, ndtr

from policybench import context_key
from policybench_optuna.black_box import BlackBox
from policybench_optuna.gaussian_process import GaussianProcess
from policybench_optuna.sobol import sobol_point

if TYPE_CHECKING:
    from policybench import Array, Problem
    from policybench_optuna.history import History, Points

_REFIT = 1.1
"""Lengths and noise are fitted anew when the payoffs have grown by this factor."""
_RADII = (0.1, 0.03, 0.01)
"""Of the candidates around the best point so far, as shares of the action space."""


class _Fit(NamedTuple):
    """Fitted parameters of a context's process, and how many payoffs they were fitted to."""

    context: Array | None
    logs: Points
    payoffs: int


class GaussianProcessBO(BlackBox):
    """Takes the action that promises most expected improvement over the best action so far.

    The best action so far is the tried one of the highest posterior mean, not the one with the luckiest payoff
    (the plug-in criterion of Picheny, Wagner & Ginsbourger 2013, A benchmark of kriging-based infill criteria for
    noisy optimization, section 4.1). The first ``startup`` actions of a context are a scrambled Sobol sequence.
    The improvement is maximised over random candidates, most of them uniform, some around the best action.
    """

    def __init__(
        self, problem: Problem, *, rng: np.random.Generator, startup: int, candidates: int, max_points: int
    ) -> None:
        super().__init__(problem, rng=rng)
        self._startup, self._n_candidates, self._max_points = startup, candidates, max_points
        self._seed = self.draw_seed()
        self._fits: dict[str, _Fit] = {}

    def suggest(self, context: Array | None, history: History) -> Points:
        """A point of the Sobol sequence at first, then the candidate of the largest expected improvement."""
        if len(history) < self._startup:
            return sobol_point(self.dimensions, len(history), self._seed)
        process = self._process(context, history)
        points = history.points
        believed = process.mean(points)
        candidates = self._candidates(points[believed.argmax()])
        mean, deviation = process.predict(candidates)
        best: Points = candidates[log_expected_improvement(mean, deviation, float(believed.max())).argmax()]
        return best

    def state_dict(self) -> dict[str, Any]:
        """The histories, the scramble, and the fitted parameters."""
        return super().state_dict() | {"seed": self._seed, "fits": [fit._asdict() for fit in self._fits.values()]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""
        super().load_state_dict(state)
        self._seed = state["seed"]
        self._fits = {context_key(fit["context"]): _Fit(**fit) for fit in state["fits"]}

    def _process(self, context: Array | None, history: History) -> GaussianProcess:
        """The context's process; its parameters are fitted anew only now and then."""
        key = context_key(context)
        known = self._fits.get(key)
        summary = history.summary(self._max_points, self.dimensions)
        if known is not None and len(history) < _REFIT * known.payoffs:
            return GaussianProcess(summary, logs=known.logs)
        process = GaussianProcess(summary, start=None if known is None else known.logs)
        self._fits[key] = _Fit(context, process.logs, len(history))
        return process

    def _candidates(self, best: Points) -> Points:
        """[n, dimensions]."""
        uniform = self.rng.random((self._n_candidates, self.dimensions))
        moves = self.rng.normal(size=(len(_RADII), self._n_candidates // 10, self.dimensions))
        near = np.clip(best + moves * np.array(_RADII)[:, None, None], 0, 1)
        candidates: Points = np.concatenate([uniform, near.reshape(-1, self.dimensions)])
        return candidates


def log_expected_improvement(mean: Points, deviation: Points, best: float) -> Points:
    """Logarithm of E[max(f - best, 0)] for normal f, [n]; also where the improvement itself underflows."""
    z = (mean - best) / deviation
    log_density = -(z**2) / 2 - np.log(2 * np.pi) / 2
    high, low = np.maximum(z, -1), np.clip(z, -100, -1)
    direct = np.log(np.exp(-(high**2) / 2) / np.sqrt(2 * np.pi) + high * ndtr(high))
    # In the tail the density is factored out; Mills' ratio of probability and density does not underflow.
    mills = np.sqrt(np.pi / 2) * erfcx(-low / np.sqrt(2))
    tail = log_density + np.where(z > -100, np.log1p(low * mills), -2 * np.log(np.maximum(-z, 1)))
    logs: Points = np.log(deviation) + np.where(z > -1, direct, tail)
    return logs
