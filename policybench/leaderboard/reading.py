"""Reads a submission's file, of which nothing is trusted."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from policybench.errors import InputError
from policybench.leaderboard.schema import Submission
from policybench.leaderboard.text import shown, shown_path
from policybench.store import faults

MOST_BYTES = 8 * 2**20
"""Larger files are refused before they are read."""


def read_submission(path: Path) -> Submission:
    """The submission in a file, of the right form; whether it is consistent is for ``checks`` to say.

    Raises:
        InputError: one line that names the file, the field and what is wrong with it.
    """
    where = shown_path(path)
    text = _read_text(path, where)
    try:
        json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        raise InputError(f"{where}: nested too deeply") from None
    except json.JSONDecodeError as error:
        raise InputError(f"{where}, line {error.lineno}: no JSON: {shown(error.msg)}") from None
    except ValueError as error:
        raise InputError(f"{where}: no JSON that can be accepted: {shown(error)}") from None
    try:
        return Submission.model_validate_json(text)
    except ValidationError as error:
        raise InputError(f"{where}: {first_fault(error)}") from None


def first_fault(error: ValidationError) -> str:
    """The first fault in one line, without anything that a terminal would obey."""
    return shown(faults.first_fault(error), 320)


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


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"field {shown(key)} stands twice in one object")
            seen.add(key)
    return content


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number that a submission may hold")
