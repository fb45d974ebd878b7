"""Checks that what looks like a remark is one, and speaks about a command."""

from __future__ import annotations

import re
from collections.abc import Iterable

from documents.remarks import remarks_in
from documents.running import takes_options
from documents.shell import read_commands
from sybil import Document, Example, Region

_LIKE_A_REMARK = re.compile(r"<!--\W*(?:not\W*)?run\b.*?-->", re.DOTALL | re.IGNORECASE)


def remark_parser(document: Document) -> Iterable[Region]:
    """Finds what looks like a remark; it is to be called after the parsers of commands."""
    found = {remark.start: remark for remark in remarks_in(document)}
    for match in _LIKE_A_REMARK.finditer(document.text):
        if not any(region.start <= match.start() < region.end for _, region in document.regions):
            yield Region(match.start(), match.end(), found.get(match.end() + 1), _check)


def _check(example: Example) -> str | None:
    remark, place = example.parsed, example.namespace["workplace"]
    if remark is None:
        return "a remark is a line of its own: <!-- run with: ... -->, <!-- run: ... --> or <!-- not run: ... -->"
    regions = [region for _, region in example.document.regions if remark.start <= region.start < remark.end]
    if not regions:
        return "no command stands directly below this remark"
    commands = [command for region in regions for command in read_commands(region.parsed)]
    if remark.kind == "run with" and not any(takes_options(command, remark.text, place) for command in commands):
        return f"no command takes {remark.text}"
    return None
