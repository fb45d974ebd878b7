"""Files of JSON lines: read with the place of every fault, written a whole line at a time."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from policybench.errors import InputError
from policybench.store.faults import first_fault

Record = TypeVar("Record", bound=BaseModel)


def read_lines(path: Traversable, kind: type[Record]) -> list[Record]:
    """All whole lines of a file; a torn last line, one without its line feed, is left out.

    Raises:
        InputError: a whole line is no valid record; the message names file and line.
    """
    records = []
    for number, line in enumerate(whole_lines(path), start=1):
        try:
            records.append(kind.model_validate_json(line))
        except ValidationError as error:
            raise InputError(
                f"{path}, line {number}: damaged: {first_fault(error)}; restore it or start over with --fresh"
            ) from None
    return records


def whole_lines(path: Traversable) -> list[bytes]:
    """The lines of a file, without a torn last one; none if there is no file."""
    return path.read_bytes().split(b"\n")[:-1] if path.is_file() else []


def dump_lines(records: list[Record]) -> bytes:
    """The records as lines."""
    return b"".join(record.model_dump_json().encode() + b"\n" for record in records)


def keep_lines(path: Path, count: int) -> None:
    """Cut a file of JSON lines after its first ``count`` lines."""
    if path.exists():
        lines = path.read_bytes().splitlines(keepends=True)
        size = sum(map(len, lines[:count]))
        with path.open("r+b") as file:
            file.truncate(size)
