"""Reads a submission's file, of which nothing is trusted."""

from __future__ import annotations

import stat
from pathlib import Path

from pydantic import ValidationError

from policybench.errors import InputError
from policybench.leaderboard.digest import dump
from policybench.leaderboard.schema import Submission
from policybench.leaderboard.text import shown_path
from policybench.store.faults import first_fault

MOST_BYTES = 64 * 2**20
"""Larger files are refused before they are read, to protect memory."""

MOST_BYTES_A_ROW = 1024
"""What a submission may take for each of its rows; the rest of it gets as much as 100 rows."""


def read_submission(path: Path) -> Submission:
    """The submission in a file, of the right form; whether it is consistent is for ``checks`` to say.

    The file must be written exactly as ``policybench leaderboard add`` writes it, so that it can hold nothing
    else.

    Raises:
        InputError: one line that names the file, the field and what is wrong with it.
    """
    where = shown_path(path)
    text = _read_text(path, where)
    try:
        submission = Submission.model_validate_json(text)
    except ValidationError as error:
        raise InputError(f"{where}: {first_fault(error)}") from None
    if dump(submission) != text:
        raise InputError(
            f"{where}: is not written as policybench leaderboard add writes it, which makes every byte"
        )
    n_rows = sum(map(len, [*submission.curves, *submission.final]))
    if len(text) > (most := MOST_BYTES_A_ROW * (100 + n_rows)):
        raise InputError(f"{where}: has {len(text):,} bytes, more than the {most:,} allowed for {n_rows:,} rows")
    return submission


def _read_text(path: Path, where: str) -> str:
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise InputError(f"{where}: is a symbolic link; a submission is a plain file")
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{where}: is no plain file")
        if status.st_size > MOST_BYTES:
            raise InputError(f"{where}: has {status.st_size:,} bytes, more than the {MOST_BYTES:,} allowed")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{where}: cannot be read: {error.strerror}") from None
    if len(content) > MOST_BYTES:
        raise InputError(f"{where}: has more than the {MOST_BYTES:,} bytes allowed")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: byte {error.start} is not UTF-8") from None
