"""A submission held against the installed environment, without evaluating anything."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from policybench.arrays import Array
from policybench.environment import Environment
from policybench.errors import InputError
from policybench.final_evaluations import final_steps
from policybench.leaderboard.schema import CurveRows, FinalRows, Rows, Submission
from policybench.options import changed, misnamed
from policybench.plugins import registry
from policybench.problem import Problem
from policybench.recorded import as_values
from policybench.sharded import ShardedEnvironment
from policybench.specs import EnvironmentSpec
from policybench.store.faults import shown


def is_installed(submission: Submission) -> bool:
    """Whether the submission's environment is installed here."""
    return submission.manifest.environment.name in registry().environments


def make_environment(
    submission: Submission, seeds: Sequence[int], workers: int, *, final: bool
) -> ShardedEnvironment:
    """The environment of the submission's run, or the one in which its recommendations were evaluated.

    Raises:
        InputError: it is not installed, or refuses the options.
    """
    manifest = submission.manifest
    spec = registry().environment(manifest.environment.name).spec
    options = as_values(manifest.environment.options)
    if final:
        options |= as_values(manifest.protocol.final_options)
    return ShardedEnvironment(spec, seeds, workers, options)


def check_against(where: str, submission: Submission) -> Problem:
    """Check what only the environment knows: options, spaces, contexts, budget, steps of the final evaluations.

    Args:
        where: the file, for the message.
        submission: consistent in itself.

    Returns:
        The problem of the submission's run, as it is installed here.

    Raises:
        InputError: one line that names file and field.
    """
    manifest = submission.manifest
    protocol = manifest.protocol
    spec = registry().environment(manifest.environment.name).spec
    _check_options(where, submission, spec)
    final = make_environment(submission, protocol.seeds, 1, final=True)
    for i, steps in enumerate(final_steps(final, protocol.steps)):
        if submission.final[i].steps != steps:
            raise InputError(f"{where}: final.{i}.steps: are not those that the protocol evaluates")
    environment = make_environment(submission, protocol.seeds, 1, final=False)
    parts: tuple[tuple[str, Sequence[CurveRows | FinalRows], Environment], ...] = (
        ("curves", submission.curves, environment),
        ("final", submission.final, final),
    )
    for name, part, made in parts:
        for i, rows in enumerate(part):
            _check_spaces(f"{where}: {name}.{i}", rows, made.problems[i])
        if made.problem.context_space is not None:
            _check_contexts(f"{where}: {name}", part, made)
    problem = environment.problem
    if protocol.label == "paper" and protocol.steps != problem.steps:
        raise InputError(
            f"{where}: manifest.protocol.steps: is {protocol.steps}, but paper takes {problem.steps} in "
            f"{manifest.environment.name}"
        )
    return problem


def _check_options(where: str, submission: Submission, spec: EnvironmentSpec) -> None:
    given = submission.manifest.environment
    if misnamed(given.options, spec.options):
        names = [option.name for option in spec.options]
        raise InputError(f"{where}: manifest.environment.options: {given.name} takes {', '.join(names)}")
    differ = list(changed(as_values(given.options), spec.options))
    if given.changed != differ:
        raise InputError(
            f"{where}: manifest.environment.changed: is {', '.join(given.changed) or 'empty'}, but "
            f"what differs from the defaults is {', '.join(differ) or 'nothing'}"
        )
    if as_values(submission.manifest.protocol.final_options) != dict(spec.final_options):
        raise InputError(
            f"{where}: manifest.protocol.final_options: {given.name} has {shown(dict(spec.final_options))}"
        )


def _check_spaces(field: str, rows: Rows, problem: Problem) -> None:
    space = problem.action_space
    actions = np.array(rows.actions)
    if actions.shape[1:] != space.shape:
        raise InputError(
            f"{field}.actions: have {actions.shape[1]} numbers, the environment takes {space.shape[0]}"
        )
    outside = ~np.all((actions >= space.low) & (actions <= space.high), axis=1)
    if outside.any():
        raise InputError(f"{field}.actions.{int(outside.argmax())}: lies outside the environment's action space")
    if problem.payoff_bounds is not None:
        low, high = problem.payoff_bounds
        for i, payoff in enumerate(rows.payoffs):
            if not low <= payoff <= high:
                raise InputError(f"{field}.payoffs.{i}: is {payoff:g}; the game pays {low:g} to {high:g}")
    if (rows.contexts is None) != (problem.context_space is None):
        raise InputError(f"{field}.contexts: do not fit the environment")


def _check_contexts(field: str, parts: Sequence[CurveRows | FinalRows], environment: Environment) -> None:
    """Contexts depend on nothing that a principal does, and are the same on all platforms."""
    drawn: dict[int, Array] = {}
    for i, rows in enumerate(parts):
        for k, (step, recorded) in enumerate(zip(rows.steps, rows.contexts or [], strict=True)):
            if step not in drawn:
                contexts = environment.contexts(step)
                drawn[step] = np.reshape([] if contexts is None else contexts, (len(parts), -1))
            fresh = drawn[step][i]
            if len(fresh) != len(recorded) or not np.allclose(recorded, fresh, rtol=1e-9, atol=1e-12):
                raise InputError(f"{field}.{i}.contexts.{k}: is not what the environment draws")
