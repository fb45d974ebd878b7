"""Text for a screen of 80 columns: lines end between words, and long names after a hyphen, comma or slash."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from rich.cells import cell_len

WIDTH = 80
GAP = "  "

NO_BREAK = "\u00a0"
"""A space at which a line ends only where there is no room otherwise."""

_JOINTS = (re.compile(r"(?<=[,/])"), re.compile(r"(?<=[-,=_/:.])"))
"""Where a name may be broken that is longer than its column: between its options, or else within them."""


def narrow(headers: Sequence[str], rows: Iterable[Sequence[str]], *, header: bool = True) -> str:
    """A table of at most 80 columns; long cells take several lines.

    Names are broken rather than words that ``NO_BREAK`` holds together; it is printed as a plain space.
    """
    body = [list(row) for row in rows]
    table = [list(headers), *body] if header else body
    widths = _widths(table)
    lines = []
    for number, row in enumerate(table):
        cells = [wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
        lines += [_joined(parts, widths) for parts in zip_longest(*cells, fillvalue="")]
        if header and number == 0:
            lines.append(GAP.join("-" * width for width in widths))
    return "\n".join(lines)


def folded(text: str) -> str:
    """A text in lines of at most 80 columns."""
    return "\n".join(line.replace(NO_BREAK, " ") for line in wrapped(text, WIDTH))


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of at most so many columns; at least one line.

    >>> wrapped("a run of ai-economist", 10)
    ['a run of', 'ai-', 'economist']
    >>> wrapped("abcdefgh", 5)
    ['abcde', 'fgh']
    """
    lines = [""]
    for paragraph in text.split("\n"):
        for word in paragraph.split(" "):
            longer = f"{lines[-1]} {word}" if lines[-1] else word
            if cell_len(longer) <= width:
                lines[-1] = longer
            else:
                lines += _pieces(word, width)
        lines.append("")
    return [line for line in lines if line] or [""]


def _pieces(word: str, width: int) -> list[str]:
    """A word in lines: whole, or broken at its joints, or anywhere where these are too far apart."""
    if NO_BREAK in word and cell_len(word) > width:
        return wrapped(word.replace(NO_BREAK, " "), width)
    parts = [word]
    for joints in _JOINTS:
        parts = [piece for part in parts for piece in ([part] if cell_len(part) <= width else joints.split(part))]
    lines = [""]
    for part in parts:
        if cell_len(lines[-1] + part) <= width:
            lines[-1] += part
        else:
            lines += [part[at : at + width] for at in range(0, len(part), width)]
    return lines


def _widths(table: Sequence[Sequence[str]]) -> list[int]:
    """How wide each column is: as wide as it wants, or, where that is too much, wider ones give way first."""
    columns = list(zip(*table, strict=True))
    room = WIDTH - len(GAP) * (len(columns) - 1)
    wanted = [
        max((cell_len(line) for cell in column for line in cell.split("\n")), default=0) for column in columns
    ]
    if sum(wanted) <= room:
        return wanted
    for parts in (_words, _joined_parts, _all_parts):
        least = [max(cell_len(part) for cell in column for part in parts(cell)) for column in columns]
        if sum(least) <= room:
            return _shared(wanted, least, room)
    return _shared(wanted, [min(width, 4) for width in wanted], room)


def _words(cell: str) -> list[str]:
    return re.split(" |\n", cell)


def _joined_parts(cell: str) -> list[str]:
    return [part for word in _words(cell) for part in ([word] if NO_BREAK in word else _JOINTS[-1].split(word))]


def _all_parts(cell: str) -> list[str]:
    return _joined_parts(cell.replace(NO_BREAK, " "))


def _shared(wanted: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Widths between the least and the wanted, with as high a common limit as there is room for."""
    widths = list(least)
    for limit in range(1, room + 1):
        wider = [max(low, min(want, limit)) for want, low in zip(wanted, least, strict=True)]
        if sum(wider) > room:
            break
        widths = wider
    for i, want in enumerate(wanted):  # what is left of the room
        widths[i] += min(want - widths[i], max(room - sum(widths), 0)) if want > widths[i] else 0
    return widths


def _joined(cells: Sequence[str], widths: Sequence[int]) -> str:
    line = GAP.join(cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True))
    return line.rstrip().replace(NO_BREAK, " ")
