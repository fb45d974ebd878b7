"""The words for a relabelled action, as true as those for the environment's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from policybench.problem import Description, Problem, Reference
from policybench.relabelling.mapping import Relabelling


def relabelled_problem(problem: Problem, relabelling: Relabelling) -> Problem:
    """The task as the principal of one seed gets it: bounds, prose and best known action in its own numbers."""
    return replace(
        problem,
        action_space=relabelling.space,
        description=_description(problem.description, relabelling),
        ceiling=None if problem.ceiling is None else _reference(problem.ceiling, relabelling),
        floor=None if problem.floor is None else _reference(problem.floor, relabelling),
        plain=problem,
        relabelling=relabelling,
    )


def _description(text: Description, relabelling: Relabelling) -> Description:
    """Only the action's numbers change; what the rest says of taxes or incentives stays true."""
    space = relabelling.plain_space
    numbers = []
    for source, mirrored in zip(relabelling.source.tolist(), relabelling.mirrored.tolist(), strict=True):
        plain = text.action[source]
        numbers.append(plain.mirror(float(space.low[source]), float(space.high[source])) if mirrored else plain)
    return replace(text, action=tuple(numbers))


def _reference(reference: Reference, relabelling: Relabelling) -> Reference:
    if reference.action is None:
        return reference
    actions = {
        context: tuple(relabelling.from_plain(np.array(action, dtype=np.float64)).tolist())
        for context, action in reference.action.items()
    }
    return replace(reference, action=actions)
