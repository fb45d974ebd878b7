"""The folder that a report is written to: nothing that is not the report's own is ever overwritten or deleted."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

from policybench.errors import InputError

MARKER = ".policybench-report.json"
"""Lists the files of a report, so that a later one can take its place."""


class Site:
    """Collects a report's files; they are written together, once all are made."""

    def __init__(self, folder: Path) -> None:
        """Look at the folder; raises ``InputError`` if a report cannot go there."""
        self.folder = folder
        self._files: dict[str, bytes] = {}
        self._former = _former_files(folder)

    def add(self, name: str, content: str | bytes) -> None:
        """Add a file; its name is relative, with forward slashes."""
        self._files[name] = content.encode("utf-8") if isinstance(content, str) else content

    def write(self) -> None:
        """Write all files and remove those of the former report that are no longer needed.

        Raises:
            InputError: a file that is not the former report's is in the way, or the folder cannot be written.
        """
        for name in sorted(set(self._files) - self._former):
            if (self.folder / name).exists():
                raise InputError(f"-o {self.folder}: {name} is in the way, no part of an earlier report; move it")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # The marker comes first: what a report that was cut short has left can then be replaced as well.
            self._mark(set(self._files) | self._former)
            for name, content in self._files.items():
                path = self.folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            for name in self._former - set(self._files):
                self._remove(name)
            self._mark(set(self._files))
        except OSError as error:
            raise InputError(f"-o {self.folder}: cannot be written: {error.strerror}") from None

    def _mark(self, names: set[str]) -> None:
        (self.folder / MARKER).write_text(json.dumps({"files": sorted(names)}, indent=1) + "\n", encoding="utf-8")

    def _remove(self, name: str) -> None:
        path = self.folder / name
        path.unlink(missing_ok=True)
        for parent in list(path.parents)[: len(PurePosixPath(name).parents) - 1]:
            if parent.is_dir() and not any(parent.iterdir()):
                parent.rmdir()


def _former_files(folder: Path) -> set[str]:
    if not folder.exists():
        return set()
    if not folder.is_dir():
        raise InputError(f"-o {folder}: is a file; takes a folder, new, empty or of an earlier report")
    if not any(folder.iterdir()):
        return set()
    try:
        names = json.loads((folder / MARKER).read_text(encoding="utf-8"))["files"]
        return {name for name in names if _is_inside(folder, name)}
    except FileNotFoundError:
        raise InputError(
            f"-o {folder}: is not empty and holds no earlier report; takes a new or empty folder, or a report's"
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"-o {folder}: {MARKER} is damaged; choose another folder") from None


def _is_inside(folder: Path, name: str) -> bool:
    """Whether a listed name, which anybody may have edited, stays in the folder."""
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts and "\\" not in name and ":" not in name
    return inside and (folder / name).resolve().is_relative_to(folder.resolve())
