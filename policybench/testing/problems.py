"""What is asked of an environment's ``Problem``."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from policybench.problem import Problem
from policybench.testing.check import fail
from policybench.testing.governing import GovernedSubject


def problem_is_complete(subject: GovernedSubject) -> None:
    """Its problem has finite bounds, levels, a budget, and prose for every number and every observation."""
    problem = subject.ready.problem
    _check_action_space(problem)
    if problem.steps < 1:
        fail("problem.steps is at least 1", f"{problem.steps}")
    for name in ("fine", "coarse"):
        if problem.grid_levels.get(name, 0) < 2:
            fail(f"problem.grid_levels[{name!r}] is at least 2", f"{dict(problem.grid_levels)}")
    _check_prose(problem)
    _check_references(problem)


def _check_action_space(problem: Problem) -> None:
    space = problem.action_space
    if not isinstance(space, spaces.Box) or len(space.shape) != 1 or space.shape[0] < 1:
        fail("problem.action_space is a Box of shape [action_dim]", f"{space}")
    if space.dtype.kind != "f" or not np.all(np.isfinite(space.low) & np.isfinite(space.high)):
        fail("problem.action_space holds real numbers and has finite bounds", f"{space}")
    if not np.all(space.low < space.high):
        fail("lower bounds of actions lie below upper ones", f"{space}")


def _check_prose(problem: Problem) -> None:
    text = problem.description
    for name in ("story", "payoff"):
        if not getattr(text, name).strip():
            fail(f"description.{name} says something", "it is empty")
    if len(text.action) != problem.action_dim or not all(text.action):
        fail(f"description.action has {problem.action_dim} texts, one a number", f"{text.action}")
    if set(text.observation) != set(problem.observation_space):
        fail(
            f"description.observation explains {sorted(problem.observation_space)}", f"{sorted(text.observation)}"
        )
    if bool(text.context) != (problem.context_space is not None):
        fail(
            "description.context is there if there are contexts", f"{text.context!r} with {problem.context_space}"
        )


def _check_references(problem: Problem) -> None:
    floor, ceiling = problem.floor, problem.ceiling
    if (floor is None) != (ceiling is None):
        fail("floor and ceiling are both measured, or neither is", f"floor {floor}, ceiling {ceiling}")
    if floor is not None and ceiling is not None:
        if not floor.payoff < ceiling.payoff:
            fail("the floor lies below the ceiling", f"{floor.payoff} and {ceiling.payoff}")
        for action in (ceiling.action or {}).values():
            values = np.asarray(action, dtype=problem.action_space.dtype)
            if not problem.action_space.contains(values):
                fail(f"the ceiling's action lies in {problem.action_space}", f"{action}")
