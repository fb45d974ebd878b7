"""What an environment declares, and whether what comes is as declared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from policybench.errors import InputError
from policybench.outcome import Outcome, Timesteps
from policybench.problem import Problem
from policybench.testing.check import fail, same, shown
from policybench.testing.environments.subject import SEEDS, STEP, EnvironmentSubject, evaluate


def problem_is_complete(subject: EnvironmentSubject) -> None:
    """Its problem has finite bounds, levels, a budget, and prose for every number and every observation.

    Optimisers need bounds, bandits a grid, the ``paper`` protocol a budget, and language models know nothing but
    the prose. Floor and ceiling, if they were measured, say what scores of 0 and 1 are.

    To fix: fill in the field of ``Problem`` or ``Description`` that is named.
    """
    problem = subject.problem
    _check_action_space(problem)
    if problem.steps < 1:
        fail("problem.steps is at least 1", f"{problem.steps}")
    for name in ("fine_levels", "coarse_levels"):
        if getattr(problem, name) < 2:
            fail(f"problem.{name} is at least 2", f"{getattr(problem, name)}")
    _check_prose(problem)
    _check_references(problem)


def outcomes_are_declared(subject: EnvironmentSubject) -> None:
    """It returns one outcome per seed, with a finite payoff and an observation that lies in the observation space.

    A payoff that is not finite stops a run; one outside ``problem.payoff_bounds``, if it has any, is refused in a
    submission. Principals build their networks for the space that is declared. Beside random actions the
    lowest, the highest and the middle one are evaluated, which principals set most often.

    To fix: return arrays of the declared shape and dtype, and widen the bounds to what can come; leave
    ``payoff_bounds`` out if nobody knows them.
    """
    _check_outcomes(subject.outcomes, subject.problem, SEEDS)
    space = subject.problem.action_space
    marked = np.array([space.low, space.high, subject.problem.middle], dtype=np.float64)
    seeds = SEEDS[: len(marked)]
    _check_outcomes(evaluate(subject.ready(seeds), STEP, marked), subject.problem, seeds)


def timesteps_are_counted(subject: EnvironmentSubject) -> None:
    """Timesteps are whole numbers, at least one of them for validation, and follow the numbers of episodes.

    Validation timesteps are what sample efficiency is measured in. Where there are options named
    ``training_episodes`` and ``validation_episodes``, more of the one take more timesteps of their kind and no
    others of the other, and without training there are none of training.

    To fix: count every step in which all followers act once, under ``training`` if they learn from it, under
    ``validation`` if the payoff comes from it.
    """
    for seed, outcome in zip(SEEDS, subject.outcomes, strict=True):
        for name, least in (("training", 0), ("validation", 1)):
            value = getattr(outcome.timesteps, name)
            if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
                fail(f"timesteps.{name} is an integer, at least {least}", f"{value!r} for seed {seed}")
    options = {option.name: option.default for option in subject.spec.options} | dict(subject.options)
    usual = subject.outcomes[0].timesteps
    for kind, other in (("training", "validation"), ("validation", "training")):
        episodes = options.get(f"{kind}_episodes")
        if not isinstance(episodes, int):
            continue
        found = _timesteps(subject, **{f"{kind}_episodes": 2 * episodes})
        if found is not None and episodes and not getattr(found, kind) > getattr(usual, kind):
            fail(f"twice the {kind} episodes take more {kind} timesteps", f"{found} and {usual}")
        # What followers learned may end validation episodes sooner or later; but nothing else changes training.
        if found is not None and kind == "validation" and getattr(found, other) != getattr(usual, other):
            fail("more validation episodes take no other training timesteps", f"{found} and {usual}")
    if isinstance(options.get("training_episodes"), int):
        found = _timesteps(subject, training_episodes=0)
        if found is not None and found.training != 0:
            fail("without training episodes there are no training timesteps", f"{found}")


def contexts_are_declared(subject: EnvironmentSubject) -> None:
    """If it has a context space it gives one context per seed, a function of seed and step alone; else None.

    Principals meet the same contexts whatever they do, and a resumed run those that it would have met.

    To fix: derive contexts from ``policybench.streams`` with seed, step and a role of their own.
    """
    space = subject.problem.context_space
    environment = subject.ready()
    for step in (0, STEP, 10**6):
        contexts = environment.contexts(step)
        if space is None:
            if contexts is not None:
                fail("contexts() returns None where there is no context space", shown(contexts))
            continue
        if contexts is None or len(contexts) != len(SEEDS):
            fail(f"contexts() returns {len(SEEDS)} contexts, each in {space}", shown(contexts))
        for seed, context in zip(SEEDS, contexts, strict=True):
            inside = space.contains(context) or (
                isinstance(space, spaces.Discrete) and np.ndim(context) == 0 and space.contains(int(context))
            )
            if not inside:
                fail(f"contexts() returns contexts in {space}", f"{context!r} for seed {seed}")
        alone = subject.ready([SEEDS[2]]).contexts(step)
        if alone is None or not same(alone[0], contexts[2]):
            got = f"{shown(contexts[2])} in a batch of five, {shown(alone)} alone"
            fail("a context depends on seed and step alone", f"{got}, for seed {SEEDS[2]} at step {step}")


def final_options(subject: EnvironmentSubject) -> None:
    """With its final options it offers the same spaces and contexts, and evaluates the same actions.

    Final recommendations may be evaluated with other options, more validation episodes, say; they were made for
    the task without them.

    To fix: keep options out of ``final_options`` that change the task.
    """
    changes, problem = dict(subject.spec.final_options), subject.problem
    if not changes:
        return
    try:
        final = subject.varied(SEEDS, **changes)
    except InputError as error:
        fail(f"it may be made with its final options {changes}", shown(error))
    for name in ("action_space", "context_space", "observation_space"):
        usual, found = getattr(problem, name), getattr(final.problem, name)
        if usual != found:
            fail(f"problem.{name} is {usual}, with the final options too", f"{found}")
    if not same(final.contexts(STEP), subject.ready().contexts(STEP)):
        fail("contexts are the same with the final options", shown(final.contexts(STEP)))
    _check_outcomes(evaluate(final, STEP, subject.actions), final.problem, SEEDS)


def _check_outcomes(outcomes: list[Outcome], problem: Problem, seeds: Sequence[int]) -> None:
    space = problem.observation_space
    if len(outcomes) != len(seeds):
        fail(f"{len(seeds)} outcomes for {len(seeds)} seeds", f"{len(outcomes)}")
    for seed, outcome in zip(seeds, outcomes, strict=True):
        if not math.isfinite(outcome.payoff):
            fail("payoffs are finite", f"{outcome.payoff} for seed {seed}")
        _check_bounds(outcome.payoff, problem, f"for seed {seed}")
        if set(outcome.observation) != set(space):
            fail(f"an observation of {sorted(space)}", f"{sorted(outcome.observation)} for seed {seed}")
        for name, part in space.items():
            value = outcome.observation[name]
            if not part.contains(value):
                shape, dtype = getattr(value, "shape", "no array"), getattr(value, "dtype", type(value))
                fail(f"observation {name!r} lies in {part}", f"{shape} {dtype} {shown(value)} for seed {seed}")


def _check_bounds(payoff: float, problem: Problem, where: str) -> None:
    if problem.payoff_bounds is not None:
        low, high = problem.payoff_bounds
        if not low <= payoff <= high:
            fail(f"payoffs lie in problem.payoff_bounds, {low:g} to {high:g}", f"{payoff:g} {where}")


def _timesteps(subject: EnvironmentSubject, **changes: Any) -> Timesteps | None:
    """What the first seed's step takes with other options; None if they are not allowed."""
    declared = {option.name: option for option in subject.spec.options}
    for name, value in changes.items():
        low, high = declared[name].minimum, declared[name].maximum
        if (low is not None and value < low) or (high is not None and value > high):
            return None
    try:
        environment = subject.varied(SEEDS[:1], **changes)
    except InputError:
        return None
    return evaluate(environment, STEP, subject.actions[:1])[0].timesteps


def _check_action_space(problem: Problem) -> None:
    space = problem.action_space
    if not isinstance(space, spaces.Box) or len(space.shape) != 1 or space.shape[0] < 1:
        fail("problem.action_space is a Box of shape [action_dim]", f"{space}")
    if space.dtype.kind != "f":
        fail("problem.action_space holds real numbers", f"{space}")
    if not np.all(space.low < space.high):
        fail("lower bounds of actions lie below upper ones", f"{space}")


def _check_prose(problem: Problem) -> None:
    text = problem.description
    for name in ("story", "payoff"):
        if not getattr(text, name).strip():
            fail(f"description.{name} says something", "it is empty")
    complete = all(dimension.name.strip() and dimension.meaning.strip() for dimension in text.action)
    if len(text.action) != problem.action_dim or not complete:
        fail(f"description.action names and explains {problem.action_dim} numbers", f"{text.action}")
    names = [dimension.name for dimension in text.action]
    if len(set(names)) < len(names):
        fail("each number of the action has a name of its own", f"{names}")
    mirrored = [dimension.mirrored for dimension in text.action if dimension.mirrored is not None]
    if not all(dimension.name.strip() and dimension.meaning.strip() for dimension in mirrored):
        fail("a mirrored number has a name and a meaning", f"{mirrored}")
    if len({*names, *(dimension.name for dimension in mirrored)}) < len(names) + len(mirrored):
        fail("a mirrored number has a name of its own", f"{[dimension.name for dimension in mirrored]}")
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
        _check_bounds(floor.payoff, problem, "as the floor")
        _check_bounds(ceiling.payoff, problem, "as the ceiling")
        for action in (ceiling.action or {}).values():
            values = np.asarray(action, dtype=problem.action_space.dtype)
            if not problem.action_space.contains(values):
                fail(f"the ceiling's action lies in {problem.action_space}", f"{action}")
