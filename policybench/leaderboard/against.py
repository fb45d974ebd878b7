"""A submission held against the installed environment, without evaluating anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from policybench.errors import InputError
from policybench.leaderboard.schema import Options, Rows, Submission
from policybench.leaderboard.text import shown
from policybench.plugins import registry
from policybench.problem import Problem
from policybench.sharded import ShardedEnvironment
from policybench.specs import EnvironmentSpec


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
    options = _options(manifest.environment.options)
    if final:
        options |= _options(manifest.protocol.final_options)
    return ShardedEnvironment(spec, seeds, workers, options)


def check_against(where: str, submission: Submission, problem: Problem | None = None) -> None:
    """Check what only the environment knows: options, spaces, budget, references.

    Args:
        where: the file, for the message.
        submission: consistent in itself.
        problem: the environment's, if it is at hand.

    Raises:
        InputError: one line that names file and field.
    """
    manifest = submission.manifest
    spec = registry().environment(manifest.environment.name).spec
    _check_options(where, submission, spec)
    if problem is None:
        problem = make_environment(submission, manifest.protocol.seeds[:1], 1, final=False).problem
    for name, parts in (("curves", submission.curves), ("final", submission.final)):
        for i, rows in enumerate(parts):
            _check_spaces(f"{where}: {name}.{i}", rows, problem)
    protocol = manifest.protocol
    if protocol.label == "paper" and protocol.steps != problem.steps:
        raise InputError(
            f"{where}: manifest.protocol.steps: is {protocol.steps}, but paper takes {problem.steps} in "
            f"{manifest.environment.name}"
        )
    for name, reference in (("floor", problem.floor), ("ceiling", problem.ceiling)):
        claimed, known = getattr(manifest.reference, name), reference.payoff if reference else None
        if claimed != known:
            raise InputError(
                f"{where}: manifest.reference.{name}: is {claimed}, but {manifest.environment.name} has {known}; "
                "scores on another scale cannot be compared"
            )


def _check_options(where: str, submission: Submission, spec: EnvironmentSpec) -> None:
    given = submission.manifest.environment
    declared = {option.name: option.default for option in spec.options}
    if set(given.options) != set(declared):
        raise InputError(
            f"{where}: manifest.environment.options: {given.name} takes {', '.join(declared) or 'none'}"
        )
    options = _options(given.options)
    changed = [name for name in declared if options[name] != declared[name]]
    if given.changed != changed:
        raise InputError(
            f"{where}: manifest.environment.changed: is {', '.join(given.changed) or 'empty'}, but "
            f"what differs from the defaults is {', '.join(changed) or 'nothing'}"
        )
    if _options(submission.manifest.protocol.final_options) != dict(spec.final_options):
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
    if (rows.contexts is None) != (problem.context_space is None):
        raise InputError(f"{field}.contexts: do not fit the environment")


def _options(options: Options) -> dict[str, Any]:
    """Options as an environment takes them: JSON has no tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}
