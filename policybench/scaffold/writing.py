"""Puts the files of a new plugin where they belong: all of them, or none."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from policybench.errors import InputError


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Make a folder with these files.

    They are written beside it first, and the whole is then renamed.

    Args:
        folder: is not there yet, or empty.
        files: contents by path, with forward slashes.

    Raises:
        InputError: something is there already, or nothing can be written there.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(f"{folder}: is no folder; move it away, or choose another place with -o")
    try:
        if folder.exists() and any(folder.iterdir()):
            raise InputError(f"{folder}: is there already and not empty; choose another NAME, or place with -o")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
            made = Path(temporary) / folder.name
            for name, content in files.items():
                path = made / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content, encoding="utf-8", newline="\n")
            if folder.exists():
                folder.rmdir()
            made.replace(folder)
    except OSError as error:
        raise InputError(f"-o {folder.parent}: cannot be written: {error.strerror or error}") from None
