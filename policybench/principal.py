"""The interface of a principal: ask and tell, as many optimisers have it."""

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
    """A policymaker under test: it sets actions, is told what they lead to, and finally recommends one.

    One instance serves one seed. This is the order of calls, with one principal step in the loop::

        __init__(problem, rng)      once
        attach(workspace)           once
        load_state_dict(state)      once, if the run was interrupted before

        contexts  ->  settled(context)      None: the search goes on
                      ask(context)          -> action
        evaluate the action: followers learn under it and are validated
                      tell(action, outcome)
                      notes()               -> the step log
                      state_dict()          -> the checkpoint, every so many steps

        recommend(context)          once for each final evaluation, and whenever anybody asks

    The harness keeps the state of ``rng``; ``state_dict`` holds everything else that a resumed run needs. Most
    principals are easier to write as an ``AskTell``, which pairs each ``tell`` with its ``ask``.
    """

    needs_gradient = False
    """Whether ``tell`` needs ``outcome.gradient``; environments that have none are then refused."""

    hosted = False
    """Whether decisions come from a service whose version cannot be fixed, such as a model behind an API. Such
    a run can be replayed from its transcript, not reproduced. Where it depends on options, set it in
    ``__init__``."""

    concurrency = 1
    """How many principals of a run may be asked at the same time, each in a thread of its own. More than 1 is for
    principals that wait for a network. Where it depends on options, set it in ``__init__``."""

    def __init__(self, problem: Problem, *, rng: np.random.Generator) -> None:
        """Keep the problem and the only source of randomness; subclasses add their options as keywords.

        Raises:
            InputError: the principal cannot work on this problem, or an option cannot be used.
        """
        self.problem = problem
        self.rng = rng

    def attach(self, workspace: Workspace) -> None:  # noqa: B027 - optional
        """Learn the seed, the run's folder and its environment.

        Only principals that keep a file of their own, share something between seeds, or depend on the environment
        need it. Such a principal is saved at every step; others are saved every few seconds, and when a run is
        continued they are asked and told again what came after.

        Raises:
            InputError: the principal cannot work in this run.
        """

    @abstractmethod
    def ask(self, context: Array | None) -> Floats:
        """The next action, [action_dim], inside ``problem.action_space``.

        Args:
            context: what is seen before acting, an element of ``problem.context_space``; None without contexts.

        Raises:
            StopRunError: the principal cannot continue now, but later: a service does not answer, say.
        """

    @abstractmethod
    def tell(self, action: Floats, outcome: Outcome) -> None:
        """Learn what an action led to: the one that ``ask`` just returned, in the context that it was given.

        Args:
            action: [action_dim] float64.
            outcome: what the action led to.

        Raises:
            ValueError: it was told of another action, and has not changed. A principal may also learn from it.
        """

    @abstractmethod
    def recommend(self, context: Array | None) -> Floats:
        """The action, [action_dim], now believed best in this context.

        It may be called at any time, before the first step too, and changes nothing.
        """

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """Everything learned so far: dicts and lists of numpy arrays, numbers, strings, bytes, None.

        Keys are strings or integers.
        """

    @abstractmethod
    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what ``state_dict`` returned."""

    def settled(self, context: Array | None) -> Floats | None:
        """The action, [action_dim], at which the search has ended in this context; None while it goes on.

        It is called before each ``ask``. Once it returns an action, neither ``ask`` nor ``tell`` follows: nothing
        is evaluated any more, and the step is filled as ``policybench.store.filled`` says. A search that has ended
        must stay so, in every context, and the action at which it ended is its recommendation.
        """
        return None

    def notes(self) -> dict[str, Any]:
        """What to keep of the latest step in the step log, beside its payoff, as JSON can hold it.

        Two of them have a meaning for everybody: ``cost``, numbers by name that are summed up, such as calls,
        tokens and money; and ``failed``, true if the principal had no answer of its own and set another action.
        """
        return {}
