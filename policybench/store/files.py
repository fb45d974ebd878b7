"""Files that are never half written, and folders that one process alone writes to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from policybench.errors import InputError

LOCK = ".lock"


def replace_file(path: Path, content: bytes) -> None:
    """Put a file in the place of another, if there is one, in one atomic move."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_bytes(content)
    os.replace(temporary, path)  # noqa: PTH105 - the atomic one, by its known name


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Create a folder and keep every other process from writing to it meanwhile.

    Raises:
        InputError: the folder is in use by another process, or cannot be written.
    """
    lock = FileLock(folder / LOCK)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise InputError(f"{folder} is in use by another process; wait for it or stop it") from None
    except OSError as error:
        raise InputError(f"--out: {folder} cannot be written: {error.strerror}") from None
    try:
        yield
    finally:
        lock.release()
