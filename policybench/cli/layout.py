"""Text for a screen of 80 columns."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

WIDTH = 80


def narrow(headers: Sequence[str], rows: Iterable[Sequence[str]], *, header: bool = True) -> str:
    """A table of at most 80 columns; long cells are folded."""
    table = Table(box=None, show_header=header, pad_edge=False, padding=(0, 2, 0, 0), header_style="")
    for text in headers:
        table.add_column(text, overflow="fold", vertical="top")
    for row in rows:
        table.add_row(*row)
    return _plain(table)


def folded(text: str) -> str:
    """A text in lines of at most 80 columns."""
    return _plain(text)


def _plain(content: Table | str) -> str:
    file = io.StringIO()
    console = Console(file=file, width=WIDTH, color_system=None, markup=False, highlight=False, emoji=False)
    console.print(content)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())
