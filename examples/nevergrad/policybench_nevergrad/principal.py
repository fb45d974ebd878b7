"""A loop of Nevergrad's, as a principal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import nevergrad as ng
import numpy as np

from policybench import AskTell, Problem, context_key

if TYPE_CHECKING:
    from policybench import Array, Floats, Outcome


class Nevergrad(AskTell):
    """An optimiser for each context; to continue, they are made anew, and asked and told as they were before."""

    def __init__(self, problem: Problem, *, rng: np.random.Generator, optimizer: str) -> None:
        super().__init__(problem, rng=rng)
        self.optimizer, self.seed, self.log = optimizer, int(rng.integers(2**32)), list[Any]()
        self.searches = defaultdict[str, Any](self.new_search)
        self.candidate: Any = None

    def new_search(self) -> Any:
        space = self.problem.action_space
        box = ng.p.Array(shape=space.shape, lower=space.low, upper=space.high)
        box.random_state = np.random.RandomState(self.seed)
        return ng.optimizers.registry[self.optimizer](box, budget=self.problem.steps)

    def choose(self, context: Array | None) -> Floats:
        self.candidate = self.searches[context_key(context)].ask()
        return np.asarray(self.candidate.value)

    def learn(self, context: Array | None, action: Floats, outcome: Outcome) -> None:
        self.searches[context_key(context)].tell(self.candidate, -outcome.payoff)  # it minimises
        self.log.append((context_key(context), outcome.payoff))

    def recommend(self, context: Array | None) -> Floats:
        return np.asarray(self.searches[context_key(context)].recommend().value)

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"seed": self.seed, "log": self.log.copy()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        super().load_state_dict(state)
        self.seed, self.log = state["seed"], list(state["log"])
        for context, payoff in self.log:
            self.searches[context].tell(self.searches[context].ask(), -payoff)
        if self.asked is not None:
            self.choose(self.asked.context)
