"""Reference payoffs of an environment: what random actions pay, and what the best known action pays.

The search for the best action is successive halving (Karnin, Koren and Somekh 2013): all candidates are evaluated
equally often, the better part goes on to the next round with more evaluations. It begins with a grid; then the
neighbours of the best join, at ever smaller distances; the last ones, and the best at every distance, are compared
by many evaluations. Where there are contexts, each has a search of its own.

Who is chosen because it paid well was also lucky. So the evaluations that an action is chosen by are one half, and
its payoff is the mean of the other half alone.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Generator, Mapping, Sequence

import numpy as np

from policybench.actions import grid_sample
from policybench.arrays import Floats
from policybench.environment import Environment
from policybench.errors import InputError
from policybench.landscape.contexts import check_few, context_keys
from policybench.landscape.evaluations import Evaluate, payoffs_of
from policybench.problem import Problem, Reference
from policybench.step_ranges import REFERENCES

LARGEST_ERROR = 0.01
"""Standard errors that are aimed at, as a share of the way from floor to ceiling."""

_FINALISTS = 8
_SMALLEST_MOVE = 1 / 64
"""Of a dimension's range: by less the search does not move."""

_Search = Generator[Floats, Floats, Floats]
"""Yields the actions, [n, action_dim], to evaluate, is sent their payoffs, [n], and returns what it found."""


def measure_references(
    environment: Environment,
    *,
    candidates: int,
    repeats: int,
    most: int,
    known: Sequence[Floats] = (),
    evaluate: Evaluate | None = None,
    tick: Callable[[], None] = lambda: None,
) -> tuple[Reference, Reference]:
    """Measure floor and ceiling, with standard errors of at most ``LARGEST_ERROR`` of the way between them.

    Args:
        environment: with as many seeds as shall be evaluated at once.
        candidates: random actions for the floor, at least, and as many actions of a grid to begin the search for
            the ceiling with, for each context.
        repeats: fresh evaluations of the best action, for each context, at least.
        most: evaluations for each context that floor and ceiling may take, beside the search.
        known: actions, [action_dim] each, that the search considers in every context beside those of the grid.
        evaluate: what batches of the environment pay; evaluates all of them unless told.
        tick: is called after each batch.

    Returns:
        Floor and ceiling, each the mean over contexts.

    Raises:
        InputError: there are too many contexts, or more evaluations than there are steps for.
    """
    problem = environment.problem
    rng = np.random.default_rng(0)
    payoffs = _Evaluator(environment, evaluate or payoffs_of(environment), tick)
    contexts = payoffs.known_contexts()

    searches = {context: _search(problem, candidates, known, repeats, rng) for context in contexts}
    actions = _together(payoffs, searches)

    def random_payoffs(n: int) -> dict[str, Floats]:
        low, high = problem.action_space.low, problem.action_space.high
        return payoffs({context: rng.uniform(low, high, (n, problem.action_dim)) for context in contexts})

    def best_payoffs(n: int) -> dict[str, Floats]:
        return payoffs({context: np.repeat(action[None], n, axis=0) for context, action in actions.items()})

    floor, ceiling = random_payoffs(candidates), best_payoffs(repeats)
    while True:
        aim = LARGEST_ERROR * (_mean(ceiling) - _mean(floor))
        more_random, more_best = (_missing(paid, aim, most) for paid in (floor, ceiling))
        if not more_random and not more_best:
            break
        floor, ceiling = _joined(floor, random_payoffs(more_random)), _joined(ceiling, best_payoffs(more_best))

    each = ", in each context" if len(contexts) > 1 else ""
    given = f" and {len(known)} given by hand" if known else ""
    return (
        Reference(
            _mean(floor),
            _error(floor),
            f"mean over {_count(floor)} uniformly random actions{each}, each evaluated once{_limit(floor, aim)}",
        ),
        Reference(
            _mean(ceiling),
            _error(ceiling),
            f"best of {candidates} grid actions{given}{each}, after a local search; chosen by one half of its "
            f"evaluations, the mean is over the other half, {_count(ceiling)} of them{_limit(ceiling, aim)}",
            {context: tuple(action.tolist()) for context, action in actions.items()},
            float(np.sqrt(np.mean([values.var(ddof=1) for values in ceiling.values()]))),
        ),
    )


class _Evaluator:
    """Evaluates any number of actions, a row of the batch each, every batch at a step of its own."""

    def __init__(self, environment: Environment, evaluate: Evaluate, tick: Callable[[], None]) -> None:
        self._environment = environment
        self._evaluate = evaluate
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
            paid = self._evaluate(step, batch)
            for row, context in rows:
                payoffs[context].append(paid[row])
            self._tick()
        return {context: np.array(payoffs[context]) for context in wanted}

    def _next_step(self) -> int:
        for step in self._steps:
            return step
        raise InputError(
            f"{len(REFERENCES):,} batches are evaluated, and more are not allowed; take fewer --candidates or "
            "--repeats, or more --seeds"
        )


def _together(evaluate: _Evaluator, searches: Mapping[str, _Search]) -> dict[str, Floats]:
    """Run searches, by context, side by side: a batch of seeds meets all contexts at once."""
    found: dict[str, Floats] = {}
    wanted = {context: next(search) for context, search in searches.items()}
    while wanted:
        payoffs = evaluate(wanted)
        for context in list(wanted):
            try:
                wanted[context] = searches[context].send(payoffs[context])
            except StopIteration as end:
                found[context] = end.value
                del wanted[context]
    return {context: found[context] for context in searches}


def _search(
    problem: Problem, candidates: int, known: Sequence[Floats], repeats: int, rng: np.random.Generator
) -> _Search:
    """Find the best action of one context."""
    space = problem.action_space
    actions: Floats = grid_sample(space, max(problem.coarse_levels, 3), candidates, rng)
    actions = yield from _halve(actions, _FINALISTS, cut=4)
    actions = yield from _halve(_distinct([*known, actions]), _FINALISTS)
    reach = space.high.astype(np.float64) - space.low
    share = 1 / (problem.fine_levels - 1)
    # One evaluation each would prefer actions that pay much now and then to those that always pay a little less.
    each = math.ceil(repeats / (2 * _FINALISTS))
    best = [*known, actions[0]]
    while share >= _SMALLEST_MOVE:
        for _ in range(problem.action_dim):
            before = actions[0]
            pool = _distinct([actions, _neighbours(problem, before, share * reach)])
            actions = yield from _halve(pool, _FINALISTS, first=each)
            if np.array_equal(actions[0], before):
                break
        best.append(actions[0])
        share /= 2
    actions = yield from _halve(_distinct([*best, actions]), 1, first=math.ceil(repeats / _FINALISTS))
    return np.asarray(actions[0], dtype=np.float64)


def _halve(actions: Floats, keep: int, *, cut: int = 2, first: int = 1) -> _Search:
    """The best actions, best first: in each round one of ``cut`` stays and is evaluated ``cut`` times as often.

    Of equals those that come first are preferred: actions that are known, and those that were found before.
    """
    totals, repeats = np.zeros(len(actions)), first
    while True:
        payoffs = yield np.tile(actions, (repeats, 1))
        totals = totals + payoffs.reshape(repeats, -1).sum(axis=0)
        best = np.argsort(-totals, kind="stable")[: max(len(actions) // cut, keep)]
        actions, totals = actions[best], totals[best]
        if len(actions) <= keep:
            return actions
        repeats *= cut


def _distinct(actions: Sequence[Floats]) -> Floats:
    """The rows of all of them, each once, in their order."""
    rows: Floats = np.vstack(list(actions))
    return rows[np.sort(np.unique(rows, axis=0, return_index=True)[1])]


def _neighbours(problem: Problem, action: Floats, width: Floats) -> Floats:
    """One move up or down in each dimension, [2 action_dim, action_dim]; ``width`` is [action_dim]."""
    space = problem.action_space
    moves = np.vstack([np.diag(width), -np.diag(width)])
    return np.clip(action + moves, space.low, space.high)


def _count(payoffs: Mapping[str, Floats]) -> int:
    """Evaluations for each context."""
    return next(iter(payoffs.values())).size


def _joined(payoffs: Mapping[str, Floats], more: Mapping[str, Floats]) -> dict[str, Floats]:
    return {context: np.concatenate([values, more[context]]) for context, values in payoffs.items()}


def _mean(payoffs: Mapping[str, Floats]) -> float:
    return float(np.mean([values.mean() for values in payoffs.values()]))


def _error(payoffs: Mapping[str, Floats]) -> float:
    """Standard error of the mean over contexts."""
    variances = [values.var(ddof=1) / values.size for values in payoffs.values()]
    return float(np.sqrt(np.sum(variances)) / len(variances))


def _missing(payoffs: Mapping[str, Floats], aim: float, most: int) -> int:
    """How many evaluations more a context needs for a standard error of ``aim``; none if it is not positive."""
    if aim <= 0 or _error(payoffs) <= aim:
        return 0
    count = _count(payoffs)
    # A little more than follows from the spread so far, so that it seldom takes a third time.
    needed = math.ceil(1.05 * count * (_error(payoffs) / aim) ** 2)
    return max(min(needed, most) - count, 0)


def _limit(payoffs: Mapping[str, Floats], aim: float) -> str:
    """What there is to say where the aim was missed."""
    error = _error(payoffs)
    if aim > 0 and error > aim:
        return f"; at this limit the standard error is {LARGEST_ERROR * error / aim:.1%} of the way to the ceiling"
    return ""
