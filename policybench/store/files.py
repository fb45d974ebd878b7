"""Files that are never half written, and folders that one process alone writes to."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from policybench.errors import InputError

LOCK = ".lock"

_NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, getattr(errno, "ENOTSUP", errno.EOPNOTSUPP)}


def replace_file(path: Path, content: bytes) -> None:
    """Put a file in the place of another, if there is one, in one atomic move that a power cut cannot undo."""
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)  # noqa: PTH105 - the atomic one, by its known name
    _sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Have what was appended to a file on the disk before anything that is written from now on."""
    if path.exists():
        with path.open("rb+") as file:
            os.fsync(file.fileno())


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Create a folder and keep every other process from writing to it meanwhile.

    The operating system releases the lock of a process that ends in whatever way. Where the file system has no
    such locks, the file itself is the lock, with the number of the process in it.

    Raises:
        InputError: the folder is in use by another process, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = _acquired(folder / LOCK)
    except Timeout:
        raise InputError(
            f"{folder} is in use by another process; wait for it or stop it{_remedy(folder / LOCK)}"
        ) from None
    except OSError as error:
        raise InputError(f"--out: {folder} cannot be written: {error.strerror}") from None
    try:
        yield
    finally:
        lock.release()


def _acquired(path: Path) -> BaseFileLock:
    if _has_locks(path.parent):
        lock: BaseFileLock = FileLock(path)
    else:
        lock = SoftFileLock(path)
        # An empty file is what a lock of the operating system leaves behind, on another machine or file system; a
        # lock of the kind used here tells whose it is.
        if path.is_file() and not path.stat().st_size:
            path.unlink(missing_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lock.acquire(timeout=0)
    return lock


def _has_locks(folder: Path) -> bool:
    """Whether the operating system can lock files in this folder."""
    if sys.platform == "win32":
        return True
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _NO_LOCKS
    finally:
        os.close(descriptor)
    return True


def _remedy(path: Path) -> str:
    return "" if _has_locks(path.parent) else f"; if there is none any more, remove {path}"


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can do so."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
