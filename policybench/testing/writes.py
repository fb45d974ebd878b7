"""Watches which files a plugin writes while it is checked."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
_CHANGING = {"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
_watching: list[list[str]] = []  # audit hooks cannot be taken away, so the hook looks here whom to tell
_installed: list[bool] = []


@contextmanager
def watched() -> Iterator[list[str]]:
    """Collect the paths that are written, made, renamed or removed in the meantime, by whatever thread.

    Temporary files of the standard library go to a folder of their own meanwhile, and do not count; neither do
    Python's caches of byte code. What other processes write is not seen.
    """
    if not _installed:
        sys.addaudithook(_hook)
        _installed.append(True)
    found: list[str] = []
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="policybench-temporary-") as temporary:
        tempfile.tempdir = temporary
        _watching.append(found)
        try:
            yield found
        finally:
            _watching.remove(found)
            tempfile.tempdir = before
            allowed = Path(temporary).resolve()
            found[:] = [path for path in found if not _harmless(Path(path), allowed)]


def _harmless(path: Path, temporary: Path) -> bool:
    return (
        path.is_relative_to(temporary)
        or "__pycache__" in path.parts
        or path.is_relative_to("/dev")
        or path.is_relative_to("/proc")
    )


def _hook(event: str, args: tuple[object, ...]) -> None:
    if not _watching:
        return
    changes = event in _CHANGING or (event == "open" and len(args) > 2 and _writes(args[1], args[2]))
    if changes and isinstance(args[0], str | bytes | os.PathLike):
        path = os.path.realpath(os.fsdecode(args[0]))
        for found in _watching:
            found.append(path)


def _writes(mode: object, flags: object) -> bool:
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and bool(flags & _WRITING)
