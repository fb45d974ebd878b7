"""The interface of a principal: ask and tell, as the optimisers that users know have it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from policybench.arrays import Array, Floats
from policybench.outcome import Outcome

if TYPE_CHECKING:
    from policybench.problem import Problem
    from policybench.workspace import Workspace


class Principal(ABC):
    """A policymaker under test: sets an action, is told what it led to, and finally recommends one.

    One instance serves one seed. The harness calls ``ask`` and ``tell`` in turn, once each a principal step,
    and keeps the state of ``rng`` by itself; ``state_dict`` holds everything else that a resumed run needs.
    """

    needs_gradient = False
    """Whether ``tell`` needs ``outcome.gradient``; environments that have none are then refused."""

    hosted = False
    """Whether a service decides that nobody can pin, a model behind an API, say: such a run cannot be regenerated,
    only replayed from its transcript. Where it depends on options, set it in ``__init__``."""

    concurrency = 1
    """How many principals of a run may be asked at the same time, each in a thread of its own. More than 1 is for
    those that wait on a network; where it depends on options, set it in ``__init__``."""

    def __init__(self, problem: Problem, *, rng: np.random.Generator) -> None:
        """Keep the problem and the only source of randomness; subclasses add options as keywords."""
        self.problem = problem
        self.rng = rng

    def attach(self, workspace: Workspace) -> None:  # noqa: B027 - optional
        """Learn the seed and the run's folder; called once, before everything else.

        Only principals that keep files of their own or share something between seeds need it.
        """

    @abstractmethod
    def ask(self, context: Array | None) -> Floats:
        """The next action, [action_dim], inside ``problem.action_space``."""

    @abstractmethod
    def tell(self, action: Floats, outcome: Outcome) -> None:
        """Learn what the action just asked for, in the context given then, led to.

        Raises:
            ValueError: it was told of anything else, and stays as it was; a principal may also learn from that.
        """

    @abstractmethod
    def recommend(self, context: Array | None) -> Floats:
        """The action, [action_dim], now believed best in this context; may be called at any time."""

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """Everything learned so far: dicts and lists of numpy arrays, numbers, strings, bytes, None."""

    @abstractmethod
    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""

    def settled(self, context: Array | None) -> Floats | None:
        """Whether the search has ended, and where: the action, [action_dim], that it last set in this context.

        Called before each ``ask``; None while the search goes on. Otherwise neither ``ask`` nor ``tell`` follows:
        nothing is evaluated, and the step is filled with this action and what it paid so far
        (``policybench.store.filled``). Once a search has ended it must stay so, in every context; what it ended at
        is its recommendation.
        """
        return None

    def notes(self) -> dict[str, Any]:
        """JSON-ready notes on the latest step, kept in the step log beside its payoff."""
        return {}
