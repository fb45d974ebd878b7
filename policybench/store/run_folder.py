"""A run's folder: who may write to it, where it stands, and how it goes on after any interruption.

A step is first appended to the log, then the checkpoint is replaced in one atomic move. The checkpoint therefore
says where the run stands; what the log holds beyond it belongs to a step that was cut short, and is dropped.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from policybench.errors import InputError
from policybench.store import checkpoint
from policybench.store.faults import first_fault
from policybench.store.files import locked_folder, replace_file
from policybench.store.lines import dump_lines, keep_lines, read_lines
from policybench.store.manifest import Manifest, now
from policybench.store.records import FinalRecord, StepRecord

MANIFEST, STEPS, CHECKPOINT, FINAL, TRANSCRIPT = (
    "manifest.json",
    "steps.jsonl",
    "checkpoint",
    "final.jsonl",
    "transcript.jsonl",
)


@dataclass(frozen=True)
class StoredRun:
    """A run as it was read from disk."""

    path: Path
    manifest: Manifest
    steps: list[StepRecord]
    final: list[FinalRecord]


class RunFolder:
    """The folder of a run that this process writes; a context manager that holds the folder's lock."""

    def __init__(self, path: Path) -> None:
        """Name the folder; nothing is touched before the context is entered."""
        self.path = path
        self._lock = ExitStack()

    def __enter__(self) -> RunFolder:
        """Create and lock the folder; raises ``InputError`` if it cannot be written or is in use."""
        self._lock.enter_context(locked_folder(self.path))
        return self

    def __exit__(self, *exception: object) -> None:
        """Give the lock back."""
        self._lock.close()

    def clear(self) -> None:
        """Remove what an earlier run left here."""
        for name in (CHECKPOINT, STEPS, FINAL, TRANSCRIPT, MANIFEST):
            (self.path / name).unlink(missing_ok=True)

    def open(self, manifest: Manifest) -> Manifest:
        """Begin a run here, or find the one that was begun; returns the manifest on disk.

        Raises:
            InputError: the run here was made with another configuration, or its manifest is damaged.
        """
        path = self.path / MANIFEST
        if not path.exists():
            self.clear()
            self._write(MANIFEST, manifest.model_dump_json(indent=2).encode() + b"\n")
            return manifest
        found = _read_manifest(path)
        for key, value in manifest.configuration().items():
            begun = found.configuration()[key]
            if begun != value:
                differences = ", ".join(
                    f"{name} was {begun.get(name)!r}, is {value[name]!r}"
                    for name in value
                    if begun.get(name) != value[name]
                )
                raise InputError(
                    f"{self.path} was begun with another {key} ({differences}); "
                    "--fresh starts over, --out chooses another folder"
                )
        return found

    def resume(self, seeds: list[int]) -> tuple[list[StepRecord], Any]:
        """The lines of the steps that are done and the state after them; ([], None) at the beginning.

        Raises:
            InputError: the step log is damaged; the message names file and line.
        """
        path = self.path / CHECKPOINT
        step, state = 0, None
        if path.exists():
            try:
                content = checkpoint.decode(path.read_bytes())
                step, state = content["step"], content["state"]
            except Exception:  # noqa: BLE001 - msgpack and numpy raise whatever the damage leads to
                raise InputError(f"{path}: damaged; restore it or start over with --fresh") from None
        records = read_lines(self.path / STEPS, StepRecord)
        _check_order(self.path / STEPS, records, seeds)
        expected = step * len(seeds)
        if len(records) < expected:
            raise InputError(
                f"{self.path / STEPS}, line {len(records) + 1}: missing; the checkpoint stands at step {step}; "
                "restore it or start over with --fresh"
            )
        keep_lines(self.path / STEPS, expected)
        return records[:expected], state

    def append(self, records: list[StepRecord], state: Any) -> None:
        """Commit one principal step: its lines, then the state after it."""
        with (self.path / STEPS).open("ab") as file:
            file.write(dump_lines(records))
        self._write(CHECKPOINT, checkpoint.encode({"step": records[0].step + 1, "state": state}))

    def finish(self, manifest: Manifest, final: list[FinalRecord]) -> None:
        """Commit the final evaluations and mark the run finished."""
        self._write(FINAL, dump_lines(final))
        finished = manifest.model_copy(update={"status": "finished", "finished": now()})
        self._write(MANIFEST, finished.model_dump_json(indent=2).encode() + b"\n")

    def _write(self, name: str, content: bytes) -> None:
        replace_file(self.path / name, content)


def load_run(path: Path) -> StoredRun:
    """Read a run, finished or not.

    Raises:
        InputError: there is no run, or a file of it is damaged.
    """
    if not (path / MANIFEST).is_file():
        raise InputError(f"{path}: no run here (it has no {MANIFEST})")
    manifest = _read_manifest(path / MANIFEST)
    steps = read_lines(path / STEPS, StepRecord)
    _check_order(path / STEPS, steps, manifest.protocol.seeds)
    if manifest.status != "finished":
        return StoredRun(path, manifest, steps, [])
    expected = manifest.protocol.steps * len(manifest.protocol.seeds)
    if len(steps) != expected:
        raise InputError(
            f"{path / STEPS}, line {min(len(steps), expected) + 1}: damaged: a finished run has {expected} lines, "
            f"here are {len(steps)}; restore it or start over with --fresh"
        )
    return StoredRun(path, manifest, steps, read_lines(path / FINAL, FinalRecord))


def find_runs(root: Path) -> list[Path]:
    """The folders of all runs below a folder, or the folder itself, sorted."""
    return sorted(manifest.parent for manifest in root.rglob(MANIFEST))


def _read_manifest(path: Path) -> Manifest:
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise InputError(f"{path}: damaged: {first_fault(error)}; restore it or start over with --fresh") from None


def _check_order(path: Path, records: list[StepRecord], seeds: list[int]) -> None:
    for index, record in enumerate(records):
        step, seed = index // len(seeds), seeds[index % len(seeds)]
        if (record.step, record.seed) != (step, seed):
            raise InputError(
                f"{path}, line {index + 1}: damaged: expected step {step} of seed {seed}, found step "
                f"{record.step} of seed {record.seed}; restore it or start over with --fresh"
            )
