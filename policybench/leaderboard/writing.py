"""Writes below the leaderboards' folder and nowhere else: links that strangers put there are not followed."""

from __future__ import annotations

from pathlib import Path, PurePath

from policybench.errors import InputError
from policybench.leaderboard.text import shown_path
from policybench.store.files import replace_file


def check_plain(root: Path, place: PurePath) -> None:
    """Raises ``InputError`` if the file, or a folder between it and ``root``, is a symbolic link."""
    path = root
    for part in place.parts:
        path = path / part
        if path.is_symlink():
            raise InputError(f"{shown_path(path)}: is a symbolic link, which is not followed; remove it")


def write_below(root: Path, place: PurePath, content: str | bytes) -> None:
    """Write a file below ``root``, whose folders are made; raises ``InputError`` as ``check_plain`` does."""
    check_plain(root, place)
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, content.encode() if isinstance(content, str) else content)


def remove_below(root: Path, place: PurePath) -> None:
    """Remove a file below ``root``, if it is there; raises ``InputError`` as ``check_plain`` does."""
    check_plain(root, place)
    (root / place).unlink(missing_ok=True)
