"""A loop of Nevergrad's, as a principal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import nevergrad as ng
import numpy as np

from policybench import Outcome, Principal, Problem
from policybench.contexts import context_key

if TYPE_CHECKING:
    from policybench.outcome import Array, Floats


class Nevergrad(Principal):
    """An optimiser for each context; to continue, they are made anew, and asked and told as they were before."""

    def __init__(self, problem: Problem, *, rng: np.random.Generator, optimizer: str) -> None:
        super().__init__(problem, rng=rng)
        self.optimizer, self.seed, self.log = optimizer, int(rng.integers(2**32)), list[Any]()
        self.searches, self.key, self.asked = defaultdict[str, Any](self.new_search), "", list[Any]()

    def new_search(self) -> Any:
        space = self.problem.action_space
        box = ng.p.Array(shape=space.shape, lower=space.low, upper=space.high)
        box.random_state = np.random.RandomState(self.seed)
        return ng.optimizers.registry[self.optimizer](box, budget=self.problem.steps)

    def ask(self, context: Array | None) -> Floats:
        self.key, self.asked = (key := context_key(context)), [self.searches[key].ask()]
        return np.asarray(self.asked[0].value)

    def tell(self, action: Floats, outcome: Outcome) -> None:
        self.searches[self.key].tell(self.asked.pop(), -outcome.payoff)  # it minimises
        self.log.append((self.key, outcome.payoff))

    def recommend(self, context: Array | None) -> Floats:
        return np.asarray(self.searches[context_key(context)].recommend().value)

    def state_dict(self) -> dict[str, Any]:
        return {"seed": self.seed, "log": self.log.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.seed, self.log = state["seed"], list(state["log"])
        for key, payoff in self.log:
            self.searches[key].tell(self.searches[key].ask(), -payoff)
