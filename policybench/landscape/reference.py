"""Reference payoffs of an environment: what random actions pay, and what the best known action pays.

The search for the best action is successive halving (Karnin, Koren and Somekh 2013): all candidates are evaluated
equally often, the better quarter goes on to the next round with four times as many evaluations. Where there are
contexts, each has a search of its own.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

from policybench.arrays import Floats
from policybench.contexts import context_key
from policybench.environment import Environment
from policybench.problem import Problem, Reference

_FIRST_STEP = 1_000_000
"""Steps from here on are ones that no protocol uses."""

_FINALISTS = 8


def load_references(path: Path) -> tuple[Reference | None, Reference | None]:
    """Floor and ceiling from the file that ``policybench reference`` wrote; (None, None) if there is none."""
    if not path.exists():
        return None, None
    content = json.loads(path.read_text(encoding="utf-8"))
    return Reference(**content["floor"]), Reference(**content["ceiling"])


def dump_references(floor: Reference, ceiling: Reference) -> str:
    """Floor and ceiling as JSON."""
    return json.dumps({"floor": asdict(floor), "ceiling": asdict(ceiling)}, indent=2) + "\n"


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
    """Evaluates any number of actions, a row of the batch each, at steps that are never used again."""

    def __init__(self, environment: Environment, tick: Callable[[], None]) -> None:
        self._environment = environment
        self._tick = tick
        self._step = _FIRST_STEP

    def known_contexts(self) -> list[str]:
        """The contexts that turn up in a hundred steps; one, the empty text, where there are none."""
        return sorted({key for step in range(100) for key in self._keys(_FIRST_STEP + step)})

    def __call__(self, wanted: Mapping[str, Floats]) -> dict[str, Floats]:
        """Payoffs [n] of the actions [n, action_dim] wanted in each context."""
        payoffs: dict[str, list[float]] = defaultdict(list)
        asked: dict[str, int] = defaultdict(int)
        while any(asked[context] < len(actions) for context, actions in wanted.items()):
            keys = self._keys(self._step)
            batch, rows = np.empty((len(keys), self._environment.problem.action_dim)), []
            for row, context in enumerate(keys):
                actions = wanted.get(context, next(iter(wanted.values())))
                number = asked[context]
                if context in wanted and number < len(actions):
                    asked[context] += 1
                    rows.append((row, context))
                batch[row] = actions[min(number, len(actions) - 1)]
            outcomes = self._environment.evaluate(self._step, batch)
            for row, context in rows:
                payoffs[context].append(outcomes[row].payoff)
            self._step += 1
            self._tick()
        return {context: np.array(payoffs[context]) for context in wanted}

    def _keys(self, step: int) -> list[str]:
        contexts = self._environment.contexts(step)
        if contexts is None:
            return [""] * len(self._environment.seeds)
        return [context_key(context) for context in contexts]


def _search(
    evaluate: _Evaluator, context: str, problem: Problem, candidates: int, rng: np.random.Generator
) -> Floats:
    actions = _grid_sample(problem, candidates, rng)
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


def _grid_sample(problem: Problem, count: int, rng: np.random.Generator) -> Floats:
    levels, dim = problem.coarse_levels, problem.action_dim
    total = levels**dim
    chosen = np.arange(total) if total <= count else rng.choice(total, count, replace=False)
    unit = np.stack(np.unravel_index(chosen, (levels,) * dim), axis=1) / (levels - 1)
    space = problem.action_space
    return np.asarray(space.low + unit * (space.high - space.low), dtype=np.float64)


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
    return Reference(float(np.mean(means)), error, how, action)
