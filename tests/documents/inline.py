"""Commands, and options without one, that stand in backticks in a text or a table."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from documents.remarks import remark_about
from documents.running import run_mentioned
from documents.usage import check_fragment
from sybil import Document, Example, Region

_COMMAND = re.compile(r"(?<!`)`((?:policybench|python3?|pip|pytest) [^`]+)`(?!`)")
_OPTIONS = re.compile(r"(?<!`)`((?:--[a-z]|-[pe]\s)[^`]*)`(?!`)")
_INDENTED = re.compile(r"^\n(?: {4}|\t)(?:\$ )?((?:policybench|python3?|pip|pytest) .*)$", re.MULTILINE)


def inline_parser(document: Document) -> Iterable[Region]:
    """Finds commands and options outside of fenced blocks; it is to be called after the parser of those."""
    blocks = [(region.start, region.end) for _, region in document.regions]
    comments = [match.span() for match in re.finditer(r"<!--.*?-->", document.text, re.DOTALL)]
    for pattern, evaluate in ((_COMMAND, _run), (_OPTIONS, _check), (_INDENTED, _refuse)):
        for match in pattern.finditer(document.text):
            if not any(start <= match.start() < end for start, end in [*blocks, *comments]):
                text = " ".join(match[1].replace(r"\|", "|").split())
                yield Region(match.start(), match.end(), text, evaluate)


def _run(example: Example) -> None:
    run_mentioned(example.parsed, remark_about(example.document, example.start), example.namespace["workplace"])


def _check(example: Example) -> None:
    words = shlex.split(example.parsed)
    # An option of another program stands in a command that the document shows.
    if words[0].startswith("--") and re.search(rf"^[^`\n]* {words[0]}\b", example.document.text, re.MULTILINE):
        return
    check_fragment(words)


def _refuse(example: Example) -> str:
    return f"{example.parsed!r}: commands stand in a fenced block of the language sh"
