"""Reference payoffs of an environment: what random actions pay, and what the best known action pays.

The search for the best action is successive halving (Karnin, Koren and Somekh 2013): all candidates are evaluated
equally often, the better quarter goes on to the next round with four times as many evaluations. Where there are
contexts, each has a search of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

import numpy as np

from policybench.actions import grid_sample
from policybench.arrays import Floats
from policybench.environment import Environment
from policybench.errors import InputError
from policybench.landscape.contexts import check_few, context_keys
from policybench.problem import Problem, Reference
from policybench.step_ranges import REFERENCES

_FINALISTS = 8


def measure_references(
    environment: Environment, *, candidates: int, repeats: int, tick: Callable[[], None] = lambda: None
) -> tuple[Reference, Reference]:
    """Measure floor and ceiling.

    Args:
        environment: with as many seeds as shall be evaluated at once.
        candidates: random actions for the floor, and as many actions of the coarse grid to search for the
            ceiling, for each context.
        repeats: fresh evaluations of the best action, for each context.
        tick: is called after each batch.

    Returns:
        Floor and ceiling, each the mean over contexts.

    Raises:
        InputError: there are too many contexts, or more evaluations than there are steps for.
    """
    problem = environment.problem
    rng = np.random.default_rng(0)
    evaluate = _Evaluator(environment, tick)
    contexts = evaluate.known_contexts()

    space = problem.action_space
    uniform = rng.uniform(space.low, space.high, (candidates, problem.action_dim))
    paid = evaluate(dict.fromkeys(contexts, uniform))
    floor = _reference(
        paid,
        f"mean over {candidates} uniformly random actions, each evaluated once",
    )

    actions = {context: _search(evaluate, context, problem, candidates, rng) for context in contexts}
    fresh = evaluate({context: np.repeat(action[None], repeats, axis=0) for context, action in actions.items()})
    ceiling = _reference(
        fresh,
        f"best of {candidates} grid actions and the neighbours of the best by successive halving, "
        f"then evaluated afresh {repeats} times",
        {context: tuple(action.tolist()) for context, action in actions.items()},
    )
    return floor, ceiling


class _Evaluator:
    """Evaluates any number of actions, a row of the batch each, every batch at a step of its own."""

    def __init__(self, environment: Environment, tick: Callable[[], None]) -> None:
        self._environment = environment
        self._tick = tick
        self._steps = iter(REFERENCES)

    def known_contexts(self) -> list[str]:
        """The contexts that turn up in a hundred steps; one, the empty text, where there are none."""
        known = {key for step in REFERENCES[:100] for key in context_keys(self._environment, step)}
        check_few(known)
        return sorted(known)

    def __call__(self, wanted: Mapping[str, Floats]) -> dict[str, Floats]:
        """Payoffs [n] of the actions [n, action_dim] wanted in each context."""
        payoffs: dict[str, list[float]] = defaultdict(list)
        asked: dict[str, int] = defaultdict(int)
        while any(asked[context] < len(actions) for context, actions in wanted.items()):
            step = self._next_step()
            keys = context_keys(self._environment, step)
            batch, rows = np.empty((len(keys), self._environment.problem.action_dim)), []
            for row, context in enumerate(keys):
                actions = wanted.get(context, next(iter(wanted.values())))
                number = asked[context]
                if context in wanted and number < len(actions):
                    asked[context] += 1
                    rows.append((row, context))
                batch[row] = actions[min(number, len(actions) - 1)]
            outcomes = self._environment.evaluate(step, batch)
            for row, context in rows:
                payoffs[context].append(outcomes[row].payoff)
            self._tick()
        return {context: np.array(payoffs[context]) for context in wanted}

    def _next_step(self) -> int:
        for step in self._steps:
            return step
        raise InputError(
            f"{len(REFERENCES):,} batches are evaluated, and more are not allowed; take fewer --candidates or "
            "--repeats, or more --seeds"
        )


def _search(
    evaluate: _Evaluator, context: str, problem: Problem, candidates: int, rng: np.random.Generator
) -> Floats:
    actions = grid_sample(problem.action_space, problem.coarse_levels, candidates, rng).astype(np.float64)
    totals, repeats = np.zeros(len(actions)), 1
    refined = False
    while len(actions) > 1:
        payoffs = evaluate({context: np.tile(actions, (repeats, 1))})[context]
        totals = totals + payoffs.reshape(repeats, -1).sum(axis=0)
        keep = np.argsort(-totals)[: max(len(actions) // 4, 1)]
        if len(actions) <= _FINALISTS and not refined:
            actions = np.unique(np.vstack([actions, _neighbours(problem, actions[keep])]), axis=0)
            totals, refined = np.zeros(len(actions)), True
            continue
        actions, totals = actions[keep], totals[keep]
        repeats *= 2 if refined else 4
    best: Floats = actions[0]
    return best


def _neighbours(problem: Problem, actions: Floats) -> Floats:
    """One fine level up or down in each dimension."""
    space = problem.action_space
    width = (space.high - space.low) / (problem.fine_levels - 1)
    moves = np.vstack([np.diag(width), -np.diag(width)])
    return np.clip((actions[:, None] + moves).reshape(-1, problem.action_dim), space.low, space.high)


def _reference(
    payoffs: Mapping[str, Floats], how: str, action: Mapping[str, tuple[float, ...]] | None = None
) -> Reference:
    means = [values.mean() for values in payoffs.values()]
    variances = [values.var(ddof=1) / values.size for values in payoffs.values()]
    error = float(np.sqrt(np.sum(variances)) / len(variances))
    deviation = None if action is None else float(np.sqrt(np.mean([v.var(ddof=1) for v in payoffs.values()])))
    return Reference(float(np.mean(means)), error, how, action, deviation)
