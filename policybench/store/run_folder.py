"""The folder of a run that goes on: who may write to it, where it stands, and how it survives being stopped.

A step is first appended to the log. Now and then the principals' states are saved as a checkpoint, which replaces
the one before in one atomic move, after the log has reached the disk. A run is continued from its checkpoint; the
steps that the log holds beyond it are repeated, so that nothing of them is lost.
"""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policybench.errors import InputError
from policybench.store import checkpoint
from policybench.store.faults import shown
from policybench.store.files import locked_folder, replace_file, sync_file
from policybench.store.lines import dump_lines, keep_lines
from policybench.store.manifest import Manifest, now
from policybench.store.names import CHECKPOINT, FINAL, MANIFEST, STEPS, TRACEBACK, TRANSCRIPT
from policybench.store.platforms import platform_differences
from policybench.store.reading import read_manifest
from policybench.store.records import FinalRecord, StepRecord
from policybench.store.step_log import StepLog, read_step_log


@dataclass(frozen=True)
class Standing:
    """Where a run stands.

    Attributes:
        records: the lines of all steps that are whole in the log, one line per seed and step.
        saved: the number of steps after which the principals' states were saved; 0 if they never were.
        state: the states after those steps; None if they were never saved.
    """

    records: StepLog
    saved: int
    state: Any


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
        """Remove what an earlier run left here, the manifest last: without it nobody knows what the rest is."""
        for name in (CHECKPOINT, STEPS, FINAL, TRANSCRIPT, TRACEBACK, MANIFEST):
            (self.path / name).unlink(missing_ok=True)
            (self.path / f"{name}.new").unlink(missing_ok=True)

    def open(self, manifest: Manifest) -> Manifest:
        """Begin a run here, or find the one that was begun; returns the manifest on disk.

        Raises:
            InputError: the run here was made with another configuration or on another kind of platform, or its
                manifest is damaged or missing.
        """
        found = self.find(manifest)
        if found is None:
            return self.begin(manifest)
        if found.status == "running" and (differences := platform_differences(found.versions, found.machine)):
            raise InputError(
                f"{self.path} was begun on another platform ({'; '.join(differences)}), where numbers may "
                "differ in their last digits; continue it there, or start over with --fresh"
            )
        return found

    def find(self, manifest: Manifest) -> Manifest | None:
        """The manifest of the run that was begun here; None if none was.

        Raises:
            InputError: it was made with another configuration, or its manifest is damaged or missing.
        """
        path = self.path / MANIFEST
        if not path.exists():
            self._refuse_without_manifest()
            return None
        found = read_manifest(path)
        check_configuration(self.path, found, manifest)
        return found

    def begin(self, manifest: Manifest) -> Manifest:
        """Begin a run here, whatever was here before."""
        self.clear()
        self._write(MANIFEST, manifest.model_dump_json(indent=2).encode() + b"\n")
        return manifest

    def resume(self, seeds: list[int]) -> Standing:
        """Where the run stands; what a step that was cut short left in the log is removed.

        Raises:
            InputError: the log or the checkpoint is damaged; the message names the file.
        """
        saved, state = self._load_checkpoint(len(seeds))
        records = read_step_log(self.path / STEPS, seeds)
        done = len(records) // len(seeds)
        if done < saved:
            raise InputError(
                f"{self.path / STEPS}, line {len(records) + 1}: missing; the checkpoint stands at step {saved}; "
                "restore it or start over with --fresh"
            )
        keep_lines(self.path / STEPS, done * len(seeds))
        return Standing(records[: done * len(seeds)], saved, state)

    def append(self, records: list[StepRecord]) -> None:
        """Commit one principal step: one line per seed."""
        self.append_lines(dump_lines(records))

    def append_lines(self, lines: bytes) -> None:
        """Commit principal steps, given as lines."""
        with (self.path / STEPS).open("ab") as file:
            file.write(lines)

    def save(self, content: bytes) -> None:
        """Replace the checkpoint by one that ``checkpoint.dump`` made."""
        sync_file(self.path / STEPS)
        self._write(CHECKPOINT, content)

    def finish(self, manifest: Manifest, final: list[FinalRecord]) -> None:
        """Commit the final evaluations and mark the run finished."""
        self.finish_with_lines(manifest, dump_lines(final), len(final))

    def finish_with_lines(self, manifest: Manifest, lines: bytes, count: int) -> None:
        """Commit the final evaluations, given as so many lines, and mark the run finished."""
        sync_file(self.path / STEPS)
        self._write(FINAL, lines)
        update = {"status": "finished", "finished": now(), "final_lines": count}
        finished = manifest.model_copy(update=update)
        self._write(MANIFEST, finished.model_dump_json(indent=2).encode() + b"\n")
        (self.path / TRACEBACK).unlink(missing_ok=True)

    def _load_checkpoint(self, n_seeds: int) -> tuple[int, Any]:
        path = self.path / CHECKPOINT
        if not path.exists():
            return 0, None
        try:
            step, states = checkpoint.load(path.read_bytes())
            if len(states) != n_seeds:
                raise checkpoint.DamagedError(f"it holds {len(states)} states of {n_seeds}")
            return step, states
        except checkpoint.DamagedError as error:
            raise InputError(f"{path}: damaged: {error}; restore it or start over with --fresh") from None

    def _refuse_without_manifest(self) -> None:
        for name in (STEPS, CHECKPOINT, FINAL, TRANSCRIPT):
            left = self.path / name
            if left.is_file() and left.stat().st_size:
                raise InputError(
                    f"{self.path / MANIFEST}: missing, although there is {name}; restore it, or remove all "
                    "and start over with --fresh"
                )

    def _write(self, name: str, content: bytes) -> None:
        try:
            replace_file(self.path / name, content)
        except OSError:
            with suppress(OSError):
                (self.path / f"{name}.new").unlink(missing_ok=True)
            raise


def check_configuration(path: Path, found: Manifest, wanted: Manifest) -> None:
    """Refuse to continue or show a run that was made with another configuration.

    Raises:
        InputError: one line that names what differs.
    """
    for key, value in wanted.configuration().items():
        begun = found.configuration()[key]
        if begun != value:
            differences = ", ".join(
                shown(f"{name} was {begun.get(name)!r}, is {value[name]!r}", 300)
                for name in value
                if begun.get(name) != value[name]
            )
            raise InputError(
                f"{path} was begun with another {key} ({differences}); "
                "--fresh starts over, --out chooses another folder"
            )
