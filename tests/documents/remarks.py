"""Remarks: comments in a document that say how the commands directly below them are run, if not as they stand.

``<!-- run with: OPTIONS -->`` adds options to the commands that take them, ``<!-- run: COMMANDS -->`` runs others
in their place, ``<!-- not run: REASON -->`` runs none. A remark speaks about the fenced block that follows it, or
about the text up to the next blank line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sybil import Document

_REMARK = re.compile(r"^<!--\s*(run with|run|not run):\s*(\S.*?)\s*-->\n", re.MULTILINE | re.DOTALL)
_END_OF_TEXT = re.compile(r"\n[ \t]*\n|\Z")


@dataclass(frozen=True)
class Remark:
    """What a comment says about the commands between two positions of the document."""

    kind: str
    text: str
    start: int
    end: int


def remark_about(document: Document, position: int) -> Remark | None:
    """The remark that speaks about what begins at a position."""
    for remark in remarks_in(document):
        if remark.start <= position < remark.end:
            return remark
    return None


def remarks_in(document: Document) -> Iterable[Remark]:
    """Every remark, in order; blocks must have been found before."""
    for match in _REMARK.finditer(document.text):
        blocks = [region for _, region in document.regions if region.start == match.end()]
        block_ends = [region.end for region in blocks if document.text.startswith(("```", "~~~"), region.start)]
        end = block_ends[0] if block_ends else _END_OF_TEXT.search(document.text, match.end() - 1).start()
        yield Remark(match[1], " ".join(match[2].split()), match.end(), end)
