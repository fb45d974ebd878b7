"""Whether a submission agrees with itself: hash, protocol, rows, costs."""

from __future__ import annotations

from itertools import chain

from policybench.errors import InputError
from policybench.leaderboard.checks_filled import fault_of_filled
from policybench.leaderboard.command import command_of
from policybench.leaderboard.digest import digest
from policybench.leaderboard.schema import (
    CurveRows,
    FinalRows,
    Rows,
    Submission,
    SubmittedPlugin,
    SubmittedProtocol,
)
from policybench.protocol import PROTOCOLS
from policybench.recorded import variant_name
from policybench.store.faults import shown

MOST_FAILED = 0.05
"""The share of a submission's steps in which its principal may have had no answer of its own."""


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
        if manifest.parts and list(chain(*(part.seeds for part in manifest.parts))) != manifest.protocol.seeds:
            raise _FaultError("manifest.parts: must hold every seed of manifest.protocol.seeds once, in order")
        _check_plugin("manifest.principal", manifest.principal)
        _check_plugin("manifest.environment", manifest.environment)
        if submission.command != command_of(manifest):
            raise _FaultError(
                f"command: does not fit the manifest, whose command is {shown(command_of(manifest))}"
            )
        _check_rows(submission)
        _check_costs(submission)
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


def _check_rows(submission: Submission) -> None:
    protocol = submission.manifest.protocol
    parts: dict[str, list[CurveRows] | list[FinalRows]] = {"curves": submission.curves, "final": submission.final}
    for name, part in parts.items():
        if [rows.seed for rows in part] != protocol.seeds:
            raise _FaultError(f"{name}: must hold every seed of manifest.protocol.seeds once, in that order")
        for i, rows in enumerate(part):
            _check_shapes(f"{name}.{i}", rows, submission.curves[0])
    for i, (curve, final) in enumerate(zip(submission.curves, submission.final, strict=True)):
        if len(curve) != protocol.steps:
            raise _FaultError(f"curves.{i}: has {len(curve)} rows for the {protocol.steps} steps of the protocol")
        _check_final(f"final.{i}", final, submission)
        fault = fault_of_filled(curve, final, protocol.steps)
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


def _check_final(field: str, rows: FinalRows, submission: Submission) -> None:
    """Final evaluations are of one action a context, so that nobody picks the luckiest for each row."""
    protocol = submission.manifest.protocol
    if rows.steps[0] < protocol.steps:
        raise _FaultError(f"{field}.steps: has {rows.steps[0]}, within the {protocol.steps} steps of the protocol")
    if len(rows) != len(submission.final[0]) or len(rows) < protocol.final_evaluations:
        raise _FaultError(
            f"{field}: has {len(rows)} evaluations; every seed has the same number of them, "
            f"{protocol.final_evaluations} or more"
        )
    recommended: dict[tuple[float, ...], list[float]] = {}
    for i, action in enumerate(rows.actions):
        if recommended.setdefault(rows.context(i), action) != action:
            raise _FaultError(f"{field}.actions.{i}: differs from the action recommended before in that context")


def _check_costs(submission: Submission) -> None:
    for name in ("training", "validation"):
        stated = getattr(submission.costs, f"{name}_timesteps")
        spent = sum(sum(getattr(rows, name)) for rows in submission.curves)
        if stated != spent:
            raise _FaultError(f"costs.{name}_timesteps: is {stated}, but the curves sum to {spent}")
    failed, most = submission.costs.failed_steps, int(MOST_FAILED * sum(map(len, submission.curves)))
    if failed > most:
        raise _FaultError(
            f"costs.failed_steps: in {failed} steps the principal had no answer of its own; allowed are {most}"
        )
