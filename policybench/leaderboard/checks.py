"""Whether a submission agrees with itself: hash, protocol, rows, and that its metrics follow from the rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import ValidationError

from policybench.analysis.curve import MOST_ROWS, thinned_steps
from policybench.analysis.scores import target_payoffs
from policybench.errors import InputError
from policybench.leaderboard.checks_filled import fault_of_filled
from policybench.leaderboard.command import command_of
from policybench.leaderboard.digest import digest
from policybench.leaderboard.rescoring import curve_of, metrics_of
from policybench.leaderboard.schema import CurveRows, Rows, Submission, SubmittedPlugin, SubmittedProtocol
from policybench.leaderboard.text import shown
from policybench.protocol import PROTOCOLS
from policybench.recorded import variant_name

_CLOSE = 1e-9  # means are summed in another order elsewhere
_INTERVAL = 0.05  # of its width: another version of SciPy may draw other resamples


class _FaultError(ValueError):
    """What is wrong, the field first."""


def check_content(where: str, submission: Submission) -> None:
    """Check all that needs no plugin.

    Args:
        where: the file, for the message.
        submission: of the right form.

    Raises:
        InputError: one line that names file and field.
    """
    try:
        if submission.sha256 != digest(submission.model_dump(mode="json")):
            raise _FaultError("sha256: does not fit the content")
        manifest = submission.manifest
        _check_protocol(manifest.protocol)
        _check_plugin("manifest.principal", manifest.principal)
        _check_plugin("manifest.environment", manifest.environment)
        _check_references(submission)
        if manifest.finished < manifest.created:
            raise _FaultError("manifest.finished: lies before manifest.created")
        if submission.command != command_of(manifest):
            raise _FaultError(
                f"command: does not fit the manifest, whose command is {shown(command_of(manifest))}"
            )
        _check_rows(submission)
        _check_costs(submission)
        _check_metrics(submission)
    except _FaultError as fault:
        raise InputError(f"{where}: {fault}") from None


def _check_protocol(protocol: SubmittedProtocol) -> None:
    if protocol.seeds != list(range(len(protocol.seeds))):
        raise _FaultError(f"manifest.protocol.seeds: must be 0 to {len(protocol.seeds) - 1} in order, not chosen")
    standard = PROTOCOLS[protocol.name]
    is_standard = len(protocol.seeds) == standard.seeds and standard.steps in (None, protocol.steps)
    own_label = f"{protocol.name}-{len(protocol.seeds)}x{protocol.steps}"
    # A budget of ``paper`` is the environment's own, so both labels may be right; ``against`` looks there.
    allowed: set[str] = {protocol.name} if is_standard else {own_label}
    if is_standard and standard.steps is None:
        allowed.add(own_label)
    if protocol.label not in allowed:
        raise _FaultError(
            f"manifest.protocol.label: is {protocol.label}, but {len(protocol.seeds)} seeds and {protocol.steps} "
            f"steps are {' or '.join(sorted(allowed))}"
        )


def _check_plugin(field: str, plugin: SubmittedPlugin) -> None:
    if len(set(plugin.changed)) != len(plugin.changed) or not set(plugin.changed) <= set(plugin.options):
        raise _FaultError(f"{field}.changed: must name options, each once")
    if any(plugin.options[name] is None for name in plugin.changed):
        raise _FaultError(f"{field}.changed: names an option that has no value")
    name = variant_name(plugin.name, {name: plugin.options[name] for name in plugin.changed})
    if plugin.variant != name:
        raise _FaultError(f"{field}.variant: is {plugin.variant}, but its options make it {shown(name)}")


def _check_references(submission: Submission) -> None:
    floor, ceiling = submission.manifest.reference.floor, submission.manifest.reference.ceiling
    if (floor is None) != (ceiling is None) or (floor is not None and ceiling is not None and ceiling <= floor):
        raise _FaultError("manifest.reference: the ceiling must lie above the floor, or both be null")


def _check_rows(submission: Submission) -> None:
    protocol = submission.manifest.protocol
    last = protocol.steps + protocol.final_evaluations
    final_steps = list(range(protocol.steps, last))
    for name, parts in (("curves", submission.curves), ("final", submission.final)):
        seeds = [rows.seed for rows in parts]
        if seeds != protocol.seeds:
            raise _FaultError(f"{name}: must hold every seed of manifest.protocol.seeds once, in that order")
    first = submission.curves[0]
    for name, parts in (("curves", submission.curves), ("final", submission.final)):
        for i, rows in enumerate(parts):
            _check_shapes(f"{name}.{i}", rows, first)
    for i, rows in enumerate(submission.final):
        if rows.steps != final_steps:
            raise _FaultError(f"final.{i}.steps: must be {protocol.steps} to {last - 1}, beyond the budget")
    reference = submission.manifest.reference
    targets = target_payoffs(reference.floor, reference.ceiling)
    for i, curve in enumerate(submission.curves):
        _check_curve(f"curves.{i}", curve, protocol.steps, targets)
        fault = fault_of_filled(curve, submission.final[i], protocol.steps)
        if fault is not None:
            raise _FaultError(f"curves.{i}.{fault}")


def _check_shapes(field: str, rows: Rows, first: Rows) -> None:
    if len(rows.actions[0]) != len(first.actions[0]):
        raise _FaultError(
            f"{field}.actions: have {len(rows.actions[0])} numbers, elsewhere {len(first.actions[0])}"
        )
    if (rows.contexts is None) != (first.contexts is None):
        raise _FaultError(f"{field}.contexts: must be null everywhere or nowhere")
    if rows.contexts is not None and len({*map(len, rows.contexts), *map(len, first.contexts or [])}) > 1:
        raise _FaultError(f"{field}.contexts: differ in length")


def _check_curve(field: str, rows: CurveRows, n_steps: int, targets: Sequence[float]) -> None:
    if rows.steps[-1] >= n_steps:
        raise _FaultError(f"{field}.steps: has {rows.steps[-1]}, beyond the {n_steps} steps of the protocol")
    if n_steps <= MOST_ROWS:
        if len(rows.steps) != n_steps:
            raise _FaultError(f"{field}.steps: has {len(rows.steps)} of {n_steps} steps; so few must all be there")
    elif not np.array_equal(thinned_steps(curve_of(rows, n_steps), targets), rows.steps):
        raise _FaultError(f"{field}.steps: are not those that thinning keeps; rows are not to be picked")
    fewest = min(rows.validation)
    before, spent = -1, 0
    for i, step in enumerate(rows.steps):
        left_out = step - before - 1
        least = spent + rows.validation[i] + left_out * fewest
        if rows.spent[i] < least or (left_out == 0 and rows.spent[i] != least):
            raise _FaultError(f"{field}.spent.{i}: does not follow from the validation timesteps")
        before, spent = step, rows.spent[i]


def _check_costs(submission: Submission) -> None:
    whole = submission.manifest.protocol.steps <= MOST_ROWS
    spent = sum(rows.spent[-1] for rows in submission.curves)
    if submission.costs.validation_timesteps != spent:
        raise _FaultError(f"costs.validation_timesteps: must be {spent}, which the curves end with")
    training = sum(sum(rows.training) for rows in submission.curves)
    if submission.costs.training_timesteps < training or (
        whole and submission.costs.training_timesteps != training
    ):
        raise _FaultError("costs.training_timesteps: does not fit the curves")


def _check_metrics(submission: Submission) -> None:
    manifest = submission.manifest
    try:
        found = metrics_of(submission.curves, submission.final, manifest.protocol.steps, manifest.reference)
    except ValidationError:
        raise _FaultError("metrics: cannot be computed from such numbers") from None
    scale = max(1.0, abs(manifest.reference.floor or 0.0), abs(manifest.reference.ceiling or 0.0))
    _compare("metrics", submission.metrics.model_dump(), found.model_dump(), _CLOSE * scale)


def _compare(field: str, claimed: Any, found: Any, slack: float) -> None:
    if isinstance(found, dict) and isinstance(claimed, dict):
        width = (found.get("high") or 0.0) - (found.get("low") or 0.0)
        for key, value in found.items():
            wide = max(slack, _INTERVAL * width) if key in ("low", "high") else slack
            _compare(f"{field}.{key}", claimed[key], value, wide)
    elif isinstance(found, list) and isinstance(claimed, list) and len(found) == len(claimed):
        for i, (one, other) in enumerate(zip(claimed, found, strict=True)):
            _compare(f"{field}.{i}", one, other, slack)
    elif isinstance(found, int | float) and isinstance(claimed, int | float):
        if not math.isclose(claimed, found, rel_tol=_CLOSE, abs_tol=slack):
            raise _FaultError(f"{field}: is {claimed:g}, but the rows give {found:g}")
    elif claimed != found or isinstance(found, dict | list):
        raise _FaultError(f"{field}: does not follow from the rows")
