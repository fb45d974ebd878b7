"""Joins the parts of a run, each of which holds some of its seeds, into the run that one piece would have been.

Steps, final evaluations and the last checkpoint become the same bytes, wall-clock times aside. The manifest says
what the parts were. A join that is cut short leaves a run that has begun, and is repeated or continued.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from policybench.errors import InputError
from policybench.store import checkpoint
from policybench.store.files import replace_file
from policybench.store.lines import whole_lines
from policybench.store.manifest import JoinedPart, Manifest, PartEntry
from policybench.store.names import CHECKPOINT, FINAL, MANIFEST, STEPS
from policybench.store.reading import find_runs, load_run, read_manifest
from policybench.store.run_folder import RunFolder, check_configuration


def merge(roots: Sequence[Path], out: Path, *, fresh: bool = False) -> Path:
    """Join the parts of one run.

    Args:
        roots: the folders of the parts, or folders that hold them; whole runs below these are passed over.
        out: the folder that runs go to; the joined one has a folder of its own below it.
        fresh: whether to replace a finished run that is there.

    Returns:
        The folder of the run.

    Raises:
        InputError: there are no parts, or they do not fit; the message names what differs.
    """
    parts = sorted(_find_parts(roots), key=lambda found: _part(found[1]).number)
    _check_fit(parts)
    manifest = _joined([found for _, found in parts])
    path = out / manifest.environment.variant / manifest.principal.variant / manifest.protocol.label
    with RunFolder(path) as folder:
        if not fresh and (path / MANIFEST).is_file():
            found = read_manifest(path / MANIFEST)
            check_configuration(path, found, manifest)
            if found.status == "finished" and found.parts == manifest.parts:
                return path  # these parts were joined before
            if found.status == "finished":
                raise InputError(f"{path} is a finished run already; --fresh replaces it")
        join([path for path, _ in parts], folder)
    return path


def join(parts: Sequence[Path], folder: RunFolder) -> None:
    """Write the run that finished parts, in their order, make together, into a folder that is locked already.

    Raises:
        InputError: a file of a part is damaged.
    """
    manifest = _joined([load_run(part).manifest for part in parts])  # every line is checked before one is written
    states = _states(parts, manifest.protocol.steps)
    folder.clear()
    folder.open(manifest.model_copy(update={"status": "running", "finished": None, "final_lines": None}))
    replace_file(folder.path / STEPS, _lines(parts, STEPS, manifest.protocol.steps))
    replace_file(folder.path / CHECKPOINT, checkpoint.dump(manifest.protocol.steps, states))
    n_seeds = len(manifest.protocol.seeds)
    replace_file(folder.path / FINAL, _lines(parts, FINAL, (manifest.final_lines or 0) // n_seeds))
    replace_file(folder.path / MANIFEST, manifest.model_dump_json(indent=2).encode() + b"\n")


def _find_parts(roots: Sequence[Path]) -> list[tuple[Path, Manifest]]:
    parts = {}
    for root in roots:
        manifests = {path: read_manifest(path / MANIFEST) for path in find_runs(root)}
        found = {path: manifest for path, manifest in manifests.items() if manifest.protocol.part is not None}
        if not found:
            what = "this is a whole run" if root in manifests else "there is none here"
            raise InputError(f"{root}: no part of a run: {what}; policybench run --part N/M makes one")
        parts.update({path.resolve(): (path, manifest) for path, manifest in found.items()})
    return list(parts.values())


def _part(manifest: Manifest) -> PartEntry:
    if manifest.protocol.part is None:
        raise ValueError("a manifest of no part")
    return manifest.protocol.part


def _check_fit(parts: Sequence[tuple[Path, Manifest]]) -> None:
    """Refuse parts that are not those of one run, each once and finished."""
    first_path, first = parts[0]
    for path, manifest in parts[1:]:
        if differences := _differences(_common(first), _common(manifest)):
            raise InputError(
                f"{first_path} and {path} are not parts of one run: {', '.join(differences)}; name those of one"
            )
    count = _part(first).count
    by_number: dict[int, Path] = {}
    for path, manifest in parts:
        number = _part(manifest).number
        if number in by_number:
            raise InputError(f"{by_number[number]} and {path} are both part {number} of {count}; name one of them")
        by_number[number] = path
        if manifest.status != "finished":
            raise InputError(f"{path}: is not finished; give its command again to continue it")
    if missing := [str(number) for number in range(1, count + 1) if number not in by_number]:
        seeds = [
            seed for seed in _part(first).seeds if all(seed not in found.protocol.seeds for _, found in parts)
        ]
        raise InputError(
            f"of {count} parts these are missing: {', '.join(missing)} (seeds {', '.join(map(str, seeds))}); make "
            f"each of them with the command of {first_path} and its own --part N/{count}"
        )


def _common(manifest: Manifest) -> dict[str, Any]:
    """What the parts of a run have in common, a name and a value each."""
    part = _part(manifest)
    python = ".".join(manifest.versions.get("python", "").split(".")[:2])
    content = {
        **manifest.model_dump(include={"principal", "environment", "reference", "hosted"}),
        "protocol": manifest.protocol.model_dump(exclude={"seeds", "label", "part"}),
        "versions": {**manifest.versions, "python": python},
        "parts": part.count,
        "seeds": len(part.seeds),
    }
    return dict(_flat("", content))


def _flat(place: str, value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        return [(place, value)]
    return list(chain.from_iterable(_flat(f"{place}.{key}".strip("."), part) for key, part in value.items()))


def _differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    keys = dict.fromkeys([*one, *other])
    return [f"{key} {one.get(key)!r} and {other.get(key)!r}" for key in keys if one.get(key) != other.get(key)]


def _joined(parts: Sequence[Manifest]) -> Manifest:
    """The manifest of the whole run."""
    first = parts[0]
    return first.whole().model_copy(
        update={
            "created": min(found.created for found in parts),
            "finished": max(_finished(found) for found in parts),
            "final_lines": sum(found.final_lines or 0 for found in parts),
            "parts": [
                JoinedPart(
                    seeds=found.protocol.seeds,
                    machine=found.machine,
                    created=found.created,
                    finished=_finished(found),
                )
                for found in parts
            ],
        }
    )


def _finished(manifest: Manifest) -> Any:
    return manifest.finished or manifest.created


def _lines(parts: Sequence[Path], name: str, rounds: int) -> bytes:
    """The lines of a file of all parts: the first step, or evaluation, of all seeds, then the second."""
    lines = [whole_lines(part / name) for part in parts]
    each = [len(own) // rounds if rounds else 0 for own in lines]
    return b"".join(
        line + b"\n"
        for index in range(rounds)
        for own, n in zip(lines, each, strict=True)
        for line in own[index * n : (index + 1) * n]
    )


def _states(parts: Sequence[Path], steps: int) -> list[Any]:
    """The last states of the principals, a seed each."""
    states: list[Any] = []
    for part in parts:
        path = part / CHECKPOINT
        try:
            step, own = checkpoint.load(path.read_bytes())
        except checkpoint.DamagedError as error:
            raise InputError(f"{path}: damaged: {error}; restore it or start over with --fresh") from None
        if step != steps:
            raise InputError(f"{path}: stands at step {step} of {steps}; start over with --fresh")
        states += own
    return states
