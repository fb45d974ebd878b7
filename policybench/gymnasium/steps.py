"""A batch of seeds, step after step: what both kinds of environment share."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from gymnasium import spaces

from policybench.actions import check_actions
from policybench.arrays import Array, Floats
from policybench.environment import Environment
from policybench.errors import InputError
from policybench.gymnasium.observations import Observation, observation, observation_space
from policybench.gymnasium.recording import Recorder
from policybench.outcome import Outcome
from policybench.problem import Problem
from policybench.protocol import MOST_STEPS

Seen = Mapping[str, Array] | None
"""What an outcome showed; None before the first."""

MakeEnvironment = Callable[[Sequence[int]], Environment]


class Steps:
    """The principal steps of a batch of seeds.

    Without a recorder every episode is new: it goes on with the steps after the last one, whose luck is another.
    With a recorder there is one episode, which no reset repeats: a budget can be spent once.

    Attributes:
        problem: of the environment.
        budget: steps of an episode.
        space: of observations.
        done: steps of this episode that are done.
    """

    def __init__(
        self, make: MakeEnvironment, seeds: Sequence[int], budget: int, recorder: Recorder | None
    ) -> None:
        """Make the environment; nothing is evaluated yet."""
        self._make, self._recorder = make, recorder
        self._environment = make(seeds)
        self.problem: Problem = self._environment.problem
        self.space: spaces.Dict = observation_space(self.problem)
        self.budget = budget
        self._first = 0
        self.done = 0
        self._prepared = False
        self._last: list[Seen] = []
        self._started = time.perf_counter()

    @property
    def recorded(self) -> bool:
        """Whether what happens is kept as a run."""
        return self._recorder is not None

    def begin(self, seeds: Sequence[int] | None) -> list[Observation]:
        """Begin an episode, at the first step of other seeds if some are given; an observation a seed."""
        if self._recorder is None:
            if seeds is not None:
                self._environment.close()
                self._environment, self._prepared, self._first = self._make(seeds), False, 0
            elif self.done:
                self._first += self.budget
                if self._first + self.budget > MOST_STEPS:
                    self._first = 0
            self.done = 0
        self._started = time.perf_counter()
        return self._observations(self._last if self.done else [None] * len(self._environment.seeds))

    def advance(self, actions: Array) -> tuple[list[Outcome], list[Observation]]:
        """Carry out one step.

        Args:
            actions: [n_seeds, action_dim].

        Returns:
            An outcome and an observation a seed.

        Raises:
            InputError: an action lies outside the action space, or the budget is spent.
        """
        if self.done >= self.budget:
            more = "" if self._recorder is None else "; what is recorded has no second episode"
            raise InputError(
                f"step {self.done + 1}: the budget is {self.budget} principal steps; call reset{more}"
            )
        environment = self._environment
        checked = check_actions(
            np.asarray(actions, np.float64), len(environment.seeds), environment.problem.action_space
        )
        if not self._prepared:
            environment.prepare()
            self._prepared = True
        step = self._first + self.done
        contexts = environment.contexts(step)
        outcomes = environment.evaluate(step, checked)
        if self._recorder is not None:
            now = time.perf_counter()
            self._recorder.append(step, contexts, checked, outcomes, (now - self._started) / len(outcomes))
            self._started = now
        self.done += 1
        return outcomes, self._observations([outcome.observation for outcome in outcomes])

    def recommend(self, choose: Callable[[list[Observation]], Floats]) -> None:
        """Evaluate the final recommendations afresh and finish the record.

        Args:
            choose: from an observation a seed, the last one with the context of a further step, to actions,
                [n_seeds, action_dim].

        Raises:
            InputError: nothing is recorded, or the budget is not spent yet.
        """
        if self._recorder is None:
            raise InputError("finish: nothing is recorded; give make(..., record=FOLDER)")
        if self.done < self.budget:
            raise InputError(f"finish: {self.done} of {self.budget} steps are done; finish when all are")
        last = self._last

        def chosen(contexts: Array | None) -> Floats:
            rows = [None] * len(last) if contexts is None else list(contexts)
            seen = [observation(self.space, part, row) for part, row in zip(last, rows, strict=True)]
            return check_actions(
                np.asarray(choose(seen), np.float64), len(last), self.problem.action_space, "recommended action"
            )

        self._recorder.finish(chosen)

    def close(self) -> None:
        """Close the environment; warns if all steps of a record are done and it was not finished."""
        self._environment.close()
        recorder = self._recorder
        if recorder is not None and not recorder.finished and self.done == self.budget:
            warnings.warn(
                f"{recorder.path}: all {self.budget} steps are recorded, but what the learner recommends was not "
                "evaluated: call env.finish(recommend) to finish the run",
                stacklevel=3,
            )

    def _observations(self, seen: Sequence[Seen]) -> list[Observation]:
        """What is seen before the next step, an observation a seed."""
        self._last = list(seen)
        contexts = self._environment.contexts(self._first + self.done)
        rows = [None] * len(seen) if contexts is None else list(contexts)
        return [observation(self.space, part, row) for part, row in zip(seen, rows, strict=True)]
