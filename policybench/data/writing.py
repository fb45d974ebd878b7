"""Tables as CSV and as Parquet; tables of several runs become one, with empty cells where one lacks a column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from policybench.data.schema import SCHEMA_VERSION, Column, Table
from policybench.errors import InputError

SUFFIXES = (".csv", ".parquet")

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def check_suffix(path: Path) -> None:
    """Refuse, before any work, a file that cannot be written.

    Raises:
        InputError: the name ends otherwise, or pyarrow is wanted and not installed.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"-o {path}: takes a name that ends in {' or '.join(SUFFIXES)}")
    if path.suffix.lower() == ".parquet":
        _pyarrow()


def write(path: Path, tables: Sequence[Table]) -> None:
    """Write tables as one file, in the format that its name ends in; a file that is there is replaced.

    Raises:
        InputError: as ``check_suffix``.
    """
    check_suffix(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.new")
    try:
        if path.suffix.lower() == ".parquet":
            _write_parquet(unfinished, tables)
        else:
            with unfinished.open("w", encoding="utf-8", newline="") as file:
                _write_csv(file, tables)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def csv_text(tables: Sequence[Table]) -> str:
    """The tables as one text in CSV, with a line of names, without a line break at the end."""
    text = io.StringIO()
    _write_csv(text, tables)
    return text.getvalue().rstrip("\r\n")


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers, and only text is changed.

    >>> harmless("=HYPERLINK(0)"), harmless("-p c=1"), harmless(-1.5), harmless("ucb")
    ("'=HYPERLINK(0)", "'-p c=1", -1.5, 'ucb')
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def merged(tables: Iterable[Table]) -> list[Column]:
    """The columns of all tables, each once; those that only some have stand where these have them."""
    found: list[Column] = []
    for table in tables:
        at = 0
        for column in table.columns:
            if column in found:
                at = found.index(column) + 1
            else:
                found.insert(at, column)
                at += 1
    return found


def _write_csv(file: TextIO, tables: Sequence[Table]) -> None:
    columns = merged(tables)
    writer = csv.writer(file)  # RFC 4180: lines end in CR LF, and cells that hold either are quoted
    writer.writerow([column.name for column in columns])
    for table in tables:
        empty = [None] * len(table)
        parts = [_cells(column, table.values.get(column.name, empty)) for column in columns]
        writer.writerows(zip(*parts, strict=True))


def _cells(column: Column, values: Sequence[Any]) -> Iterable[Any]:
    match column.kind:
        case "number" | "integer":
            return values
        case "time":
            return ["" if value is None else _moment(value) for value in values]
        case "truth":
            return ["" if value is None else str(value).lower() for value in values]
        case _:
            return map(harmless, values)


def _moment(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


def _write_parquet(path: Path, tables: Sequence[Table]) -> None:
    arrow = _pyarrow()
    from pyarrow import parquet

    kinds = {
        "text": arrow.string(),
        "json": arrow.string(),
        "integer": arrow.int64(),
        "number": arrow.float64(),
        "truth": arrow.bool_(),
        "time": arrow.timestamp("us", tz="UTC"),
    }
    columns = merged(tables)
    schema = arrow.schema(
        [arrow.field(column.name, kinds[column.kind], metadata={"meaning": column.meaning}) for column in columns],
        metadata={"policybench_schema_version": str(SCHEMA_VERSION)},
    )
    with parquet.ParquetWriter(path, schema) as writer:
        for table in tables:
            empty = [None] * len(table)
            parts = [arrow.array(table.values.get(column.name, empty), kinds[column.kind]) for column in columns]
            writer.write_table(arrow.Table.from_arrays(parts, schema=schema))


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise InputError(
            "Parquet is written by pyarrow, which is not installed; pip install 'policybench[parquet]', or name a "
            ".csv file"
        ) from None
    return pyarrow
