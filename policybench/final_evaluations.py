"""Final recommendations: at which steps beyond a run's budget they are evaluated, and the evaluations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from policybench.arrays import Array, Floats
from policybench.contexts import context_key
from policybench.environment import Environment
from policybench.outcome import Outcome
from policybench.protocol import FINAL_EVALUATIONS, FINAL_STEPS
from policybench.recorded import recorded_rows
from policybench.store.records import FinalRecord


def final_steps(environment: Environment, first: int) -> list[list[int]]:
    """The steps at which final recommendations are evaluated; they lie beyond the budget.

    Every context counts equally: with n contexts, each is evaluated 25 / n times, rounded up, at the first steps
    in which the environment draws it. Without contexts, and where contexts are more than 25 or too rare to meet
    each of them that often within 400 steps, the steps are the first 25.

    Args:
        environment: in which recommendations are evaluated.
        first: the first step beyond the budget.

    Returns:
        A list of rising steps for each seed, all of one length.
    """
    plain = [list(range(first, first + FINAL_EVALUATIONS)) for _ in environment.seeds]
    if environment.contexts(first) is None:
        return plain
    met: list[dict[str, list[int]]] = [defaultdict(list) for _ in environment.seeds]
    for step in range(first, first + FINAL_STEPS):
        for steps, context in zip(met, np.asarray(environment.contexts(step)), strict=True):
            steps[context_key(context)].append(step)
    known = set().union(*met)
    each = -(-FINAL_EVALUATIONS // len(known))
    if len(known) > FINAL_EVALUATIONS or any(len(steps.get(key, ())) < each for steps in met for key in known):
        return plain
    return [sorted(step for key in known for step in steps[key][:each]) for steps in met]


def evaluate_recommendations(
    environment: Environment,
    wanted: Sequence[Sequence[int]],
    recommend: Callable[[Array | None], Floats],
    check: Callable[[Sequence[Outcome]], None],
    tick: Callable[[int, int], None] = lambda done, number: None,
) -> list[FinalRecord]:
    """Evaluate each seed's recommendations afresh, at steps where no principal ever was.

    Args:
        environment: prepared.
        wanted: the steps of each of its seeds.
        recommend: from contexts, [n_seeds, ...] or None, to actions, [n_seeds, action_dim]; what it says first for
            a seed and a context holds.
        check: refuses outcomes that must not be recorded.
        tick: is told before each step how many are done, of how many.

    Returns:
        Evaluation after evaluation, the seeds of each in their order.
    """
    seeds = list(environment.seeds)
    steps = sorted({step for own in wanted for step in own})
    recommended: dict[tuple[int, str], Floats] = {}
    records = []
    for done, step in enumerate(steps):
        tick(done, len(steps))
        contexts = environment.contexts(step)
        keys = [(i, context_key(None if contexts is None else contexts[i])) for i in range(len(seeds))]
        if not recommended.keys() >= set(keys):
            for key, action in zip(keys, recommend(contexts), strict=True):
                recommended.setdefault(key, action)
        actions = np.stack([recommended[key] for key in keys])
        outcomes = environment.evaluate(step, actions)
        check(outcomes)
        records += [
            FinalRecord(evaluation=own.index(step), seed=seed, step=step, **row)
            for seed, own, row in zip(seeds, wanted, recorded_rows(contexts, actions, outcomes), strict=True)
            if step in own
        ]
    return sorted(records, key=lambda record: (record.evaluation, seeds.index(record.seed)))
