"""At which steps, beyond a run's budget, final recommendations are evaluated."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from policybench.contexts import context_key
from policybench.environment import Environment
from policybench.protocol import FINAL_EVALUATIONS, FINAL_STEPS


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
