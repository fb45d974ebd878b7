"""Packs a finished run into a submission."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from policybench.analysis.curves import curves_of
from policybench.analysis.summary import failed_steps, note_costs
from policybench.errors import InputError
from policybench.leaderboard.checks import check_content
from policybench.leaderboard.command import command_of
from policybench.leaderboard.digest import sealed
from policybench.leaderboard.first_party import is_first_party
from policybench.leaderboard.schema import CurveRows, FinalRows, Submission, SubmittedManifest, runs_of
from policybench.leaderboard.text import is_machine_path
from policybench.options import changed, misnamed
from policybench.plugins import Plugin, registry
from policybench.recorded import as_values
from policybench.specs import EnvironmentSpec, PrincipalSpec
from policybench.store import FinalRecord, StepRecord, StoredRun, load_run, search
from policybench.store.faults import first_fault, shown
from policybench.store.manifest import Machine, PluginEntry
from policybench.store.names import MANIFEST
from policybench.store.reading import read_manifest, unfinished


def runs_to_pack(roots: Sequence[Path], log: Callable[[str], None]) -> list[Path]:
    """The runs in some folders and below them that may become submissions: finished ones that are no parts.

    A run whose own folder is named is always among them; ``pack`` says what is wrong with it.

    Args:
        roots: folders of runs, or folders that hold some.
        log: is told, in a line each, which runs are left out and why.

    Raises:
        InputError: there is no run below one of the folders, or not one that may be packed.
    """
    named, found = {root.resolve() for root in roots}, []
    for path in search(roots, log):
        reason = "" if path.resolve() in named else _why_not(path)
        if reason:
            log(f"left out: {reason}")
        else:
            found.append(path)
    if not found:
        raise InputError(f"{roots[0]}: holds no finished run; policybench results {roots[0]} shows what is there")
    return found


def _why_not(path: Path) -> str:
    try:
        manifest = read_manifest(path / MANIFEST)
    except InputError as error:
        return str(error)
    if manifest.protocol.part is not None:
        return f"{path}: is a part of a run"
    return f"{path}: is not finished" if manifest.status != "finished" else ""


def pack(path: Path) -> Submission:
    """The submission of a finished run.

    Raises:
        InputError: the run is unfinished, or cannot be a submission; the message names the field.
    """
    stored = load_run(path)
    if stored.manifest.status != "finished":
        raise unfinished(path, stored.manifest.external)
    if stored.manifest.protocol.part is not None:
        raise InputError(f"{path}: is a part of a run; join all of them with policybench merge {path.parent}")
    try:
        submission = _pack(stored)
    except ValidationError as error:
        raise InputError(f"{path}: cannot be packed: {first_fault(error)}") from None
    check_content(str(path), submission)
    return submission


def place_of(submission: Submission) -> PurePosixPath:
    """Where a submission stands below the leaderboards' folder.

    The file of a principal that is not this project's names its distribution, so that two distributions may bring
    principals of one name: ``annealing@policybench-annealing.json``.
    """
    manifest = submission.manifest
    principal = manifest.principal
    author = "" if is_first_party(principal.distribution) else f"@{principal.distribution}"
    return PurePosixPath(
        "submissions",
        manifest.environment.variant,
        manifest.protocol.label,
        f"{principal.variant}{author}.json",
    )


def _pack(stored: StoredRun) -> Submission:
    plugins = registry()
    found = stored.manifest
    content: dict[str, Any] = {
        "principal": _external(found.principal)
        if found.external
        else _plugin(found.principal, plugins.principal(found.principal.name), "principal"),
        "environment": _plugin(found.environment, plugins.environment(found.environment.name), "environment"),
        "hosted": found.hosted,
        **({"external": True} if found.external else {}),
        "protocol": found.protocol.model_dump(),
        "versions": found.versions,
        "machine": _machine(found.machine),
        "created": found.created,
        "finished": found.finished,
        "parts": [{**dict(part), "machine": _machine(part.machine)} for part in found.parts],
    }
    manifest = SubmittedManifest.model_validate(content)
    return sealed(
        {
            "command": command_of(manifest),
            "manifest": manifest.model_dump(mode="json"),
            "costs": {
                "training_timesteps": int(stored.steps.training.sum()),
                "validation_timesteps": int(stored.steps.validation.sum()),
                "seconds": round(sum(stored.steps.seconds.tolist()), 6),
                "noted": note_costs(stored.steps.notes),
                **({"failed_steps": failed} if (failed := failed_steps(stored.steps.notes)) else {}),
            },
            "curves": [rows.model_dump(mode="json") for rows in _curves(stored)],
            "final": [rows.model_dump(mode="json") for rows in _final(stored)],
        }
    )


def _external(entry: PluginEntry) -> dict[str, Any]:
    """A learner that is no plugin; none of its settings is part of its name."""
    _check_paths("principal", entry)
    return {**entry.model_dump(), "changed": []}


def _plugin(
    entry: PluginEntry, plugin: Plugin[PrincipalSpec] | Plugin[EnvironmentSpec], kind: str
) -> dict[str, Any]:
    if misnamed(entry.options, plugin.spec.options):
        raise InputError(
            f"{kind} {entry.name}: the installed {plugin.distribution} {plugin.version} has not the options of "
            f"the {entry.version} that made the run; install that version"
        )
    _check_paths(kind, entry)
    return {**entry.model_dump(), "changed": list(changed(as_values(entry.options), plugin.spec.options))}


def _check_paths(kind: str, entry: PluginEntry) -> None:
    for name, value in entry.options.items():
        if isinstance(value, str) and is_machine_path(value):
            raise InputError(f"{kind} {entry.name}: option {name}={shown(value)} is a path, which nobody else has")


def _curves(stored: StoredRun) -> list[CurveRows]:
    seeds = stored.manifest.protocol.seeds
    ends = curves_of(stored).filled_from
    return [
        CurveRows.model_validate({**_columns(seed, stored.steps[i :: len(seeds)]), "filled_from": end})
        for i, (seed, end) in enumerate(zip(seeds, ends, strict=True))
    ]


def _final(stored: StoredRun) -> list[FinalRows]:
    by_seed: Mapping[int, list[FinalRecord]] = defaultdict(list)
    for record in stored.final:
        by_seed[record.seed].append(record)
    return [
        FinalRows.model_validate({**_columns(seed, records), "steps": [record.step for record in records]})
        for seed, records in ((seed, by_seed[seed]) for seed in stored.manifest.protocol.seeds)
    ]


def _columns(seed: int, records: Sequence[StepRecord | FinalRecord]) -> dict[str, Any]:
    contexts = [record.context for record in records]
    return {
        "seed": seed,
        "contexts": None if None in contexts else contexts,
        "actions": [record.action for record in records],
        "payoffs": [record.payoff for record in records],
        "training": runs_of([record.timesteps.training for record in records]),
        "validation": runs_of([record.timesteps.validation for record in records]),
    }


def _machine(machine: Machine) -> dict[str, Any]:
    facts = machine.model_dump()
    return {key: _fact(value) if isinstance(value, str) else value for key, value in facts.items()}


def _fact(text: str) -> str:
    """What a fact of a machine may consist of; anything else becomes a space."""
    return " ".join(re.sub(r"[^A-Za-z0-9 ._()@,:+-]", " ", text).split())[:120]
