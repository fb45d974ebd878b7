"""Runs read from disk, finished or not, one or a whole tree of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from policybench.errors import InputError
from policybench.store.faults import first_fault
from policybench.store.lines import read_lines
from policybench.store.manifest import Manifest
from policybench.store.names import FINAL, MANIFEST, STEPS, seed_steps
from policybench.store.records import FinalRecord
from policybench.store.step_log import StepLog, read_step_log, side_by_side


@dataclass(frozen=True)
class StoredRun:
    """A run as it was read from disk."""

    path: Path
    manifest: Manifest
    steps: StepLog
    final: list[FinalRecord]


def load_run(path: Path) -> StoredRun:
    """Read a run, finished or not.

    Raises:
        InputError: there is no run, or a file of it is damaged.
    """
    if not (path / MANIFEST).is_file():
        raise InputError(f"{path}: no run here (it has no {MANIFEST})")
    manifest = read_manifest(path / MANIFEST)
    steps = read_step_log(path / STEPS, manifest.protocol.seeds)
    if manifest.status != "finished":
        if manifest.external and not steps:
            seeds = manifest.protocol.seeds
            steps = side_by_side([read_step_log(path / seed_steps(seed), [seed]) for seed in seeds])
        return StoredRun(path, manifest, steps, [])
    expected = manifest.protocol.steps * len(manifest.protocol.seeds)
    if len(steps) != expected:
        raise InputError(
            f"{path / STEPS}, line {min(len(steps), expected) + 1}: damaged: a finished run has {expected} lines, "
            f"here are {len(steps)}; restore it or start over with --fresh"
        )
    final = read_lines(path / FINAL, FinalRecord)
    _check_final(path / FINAL, final, manifest)
    return StoredRun(path, manifest, steps, final)


def unfinished(path: Path, external: bool) -> InputError:
    """What is said of a run that must be finished for what is asked, and is not.

    Args:
        path: its folder.
        external: whether a learner of its own program made it, which no command continues.
    """
    if external:
        return InputError(
            f"{path}: is not finished; its learner's program must call env.finish(recommend) for each seed, after "
            "the last step"
        )
    return InputError(f"{path}: is not finished; give its command again to continue it")


def find_runs(root: Path) -> list[Path]:
    """The folders of all runs below a folder, or the folder itself, sorted; hidden folders do not count."""
    return sorted(
        manifest.parent
        for manifest in root.rglob(MANIFEST)
        if not any(part.startswith(".") for part in manifest.relative_to(root).parts)
    )


def search(roots: Sequence[Path], log: Callable[[str], None] = lambda line: None) -> list[Path]:
    """The folders of all runs below some folders, each once; no seed of a run that was made in parts counts twice.

    A part is left out where the finished run that it belongs to is found, too, unless its own folder is named.

    Args:
        roots: folders of runs, or folders that hold some.
        log: is told, in one line, how many parts are left out.

    Raises:
        InputError: there is no run below one of the folders.
    """
    paths: dict[Path, Path] = {}
    for root in roots:
        found = find_runs(root)
        if not found:
            raise InputError(f"{root}: no runs here; make one with: policybench run --principal ucb --env harvest")
        for path in found:
            paths.setdefault(path.resolve(), path)
    named = {root.resolve() for root in roots}
    parts = _joined_parts(list(paths.values())) - {paths[path] for path in named & paths.keys()}
    if parts:
        log(
            f"left out: {len(parts)} part{'s' * (len(parts) > 1)} of whole runs that are here, too; name a part's "
            "own folder to have it"
        )
    return [path for path in paths.values() if path not in parts]


def only_run(root: Path) -> Path:
    """The folder of the one run in a folder or below it.

    Raises:
        InputError: there is none, or more than one.
    """
    found = search([root])
    if len(found) > 1:
        raise InputError(f"{root}: holds {len(found)} runs, such as {found[0]} and {found[1]}; name one of them")
    return found[0]


def load_runs(roots: Sequence[Path], log: Callable[[str], None]) -> list[StoredRun]:
    """Read all runs that ``search`` finds; one that is damaged does not keep the others from being read.

    Args:
        roots: folders of runs, or folders that hold some.
        log: is told, in a line each, which runs are left out and why.

    Raises:
        InputError: there is no run below one of the folders, or not one that can be read.
    """
    runs, faults = [], []
    for path in search(roots, log):
        try:
            runs.append(load_run(path))
        except (InputError, OSError) as error:
            faults.append(str(error))
    if not runs:
        raise InputError(faults[0])
    for fault in faults:
        log(f"left out: {fault}")
    return runs


def read_manifest(path: Path) -> Manifest:
    """Read a manifest; raises ``InputError`` if it is damaged."""
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InputError(f"{path}: damaged: {first_fault(error)}; restore it or start over with --fresh") from None


def _joined_parts(paths: Sequence[Path]) -> set[Path]:
    """Those that are parts of a finished run that is among them."""
    manifests: dict[Path, Manifest] = {}
    for path in paths:
        with suppress(InputError, OSError):  # who reads the run says what is wrong with it
            manifests[path] = read_manifest(path / MANIFEST)
    whole = [
        found.configuration()
        for found in manifests.values()
        if found.protocol.part is None and found.status == "finished"
    ]
    return {
        path for path, found in manifests.items() if found.protocol.part and found.whole().configuration() in whole
    }


def _check_final(path: Path, records: Sequence[FinalRecord], manifest: Manifest) -> None:
    """Check that all final evaluations are there: the first of every seed, then the second of every seed, ..."""
    protocol, n_seeds = manifest.protocol, len(manifest.protocol.seeds)
    latest = dict.fromkeys(protocol.seeds, protocol.steps - 1)
    for index, record in enumerate(records):
        evaluation, seed = index // n_seeds, protocol.seeds[index % n_seeds]
        if (record.evaluation, record.seed) != (evaluation, seed) or record.step <= latest[seed]:
            raise InputError(
                f"{path}, line {index + 1}: damaged: expected evaluation {evaluation} of seed {seed} after step "
                f"{latest[seed]}, found evaluation {record.evaluation} of seed {record.seed} at step "
                f"{record.step}; restore it or start over with --fresh"
            )
        latest[seed] = record.step
    expected = manifest.final_lines
    if expected is None:
        expected = max(protocol.final_evaluations, -(-len(records) // n_seeds)) * n_seeds
    if len(records) != expected:
        raise InputError(
            f"{path}, line {min(len(records), expected) + 1}: damaged: this run has {expected} lines, here are "
            f"{len(records)}; restore it or start over with --fresh"
        )
