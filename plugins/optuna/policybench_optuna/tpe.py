"""The tree-structured Parzen estimator."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
from optuna.samplers import TPESampler

from policybench import context_key
from policybench_optuna.black_box import BlackBox
from policybench_optuna.study import add_payoffs, new_study, suggestion

if TYPE_CHECKING:
    from policybench import Array, Problem
    from policybench_optuna.history import History, Points


class TPE(BlackBox):
    """Models where good and where other actions lie, and takes the draw where their densities differ most.

    Runs ``optuna.samplers.TPESampler`` on all payoffs of the context.
    """

    def __init__(
        self, problem: Problem, *, rng: np.random.Generator, startup: int, candidates: int, multivariate: bool
    ) -> None:
        super().__init__(problem, rng=rng)
        self._startup, self._candidates, self._multivariate = startup, candidates, multivariate
        self._studies: dict[str, tuple[optuna.Study, int]] = {}

    def suggest(self, context: Array | None, history: History) -> Points:
        """What the sampler suggests."""
        key = context_key(context)
        # Trials are dear to build, so the study is kept, with the number of payoffs it has.
        study, known = self._studies.get(key) or (new_study(), 0)
        add_payoffs(study, history.points[known:], history.payoffs[known:])
        self._studies[key] = (study, len(history))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            sampler = TPESampler(
                n_startup_trials=self._startup,
                n_ei_candidates=self._candidates,
                multivariate=self._multivariate,
                seed=self.draw_seed(),
            )
        return suggestion(study, sampler, self.dimensions)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""
        super().load_state_dict(state)
        self._studies = {}
