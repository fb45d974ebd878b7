"""Fenced blocks: shell commands run, Python runs, files that the text names are saved, data is parsed."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable

from documents.remarks import remark_about
from documents.running import run_commands
from documents.workplace import Workplace
from sybil import Document, Example, Region
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

_FENCES = RawFencedCodeBlockLexer(re.compile(r"(?P<language>[^\n]*)\n"))
_NAMED = re.compile(r"`(?P<name>[\w./-]+\.\w+)`:\s*(?:<!--.*-->\s*)?\Z")
"""How the text before a block says that the block is a file: it ends in the file's name and a colon."""


def block_parser(document: Document) -> Iterable[Region]:
    """Finds every fenced block; what cannot be checked fails."""
    for region in _FENCES(document):
        language = region.lexemes["language"].strip()
        region.parsed = region.lexemes["source"]
        region.evaluator = _EVALUATORS.get(language, _refuse)
        yield region


def file_name(document: Document, position: int) -> str | None:
    """The name that the text before a block gives to it."""
    named = _NAMED.search(document.text, max(0, position - 500), position)
    return named["name"] if named else None


def _run_shell(example: Example) -> None:
    run_commands(example.parsed, remark_about(example.document, example.start), _place(example))


def _run_python(example: Example) -> None:
    remark = remark_about(example.document, example.start)
    assert remark is None or remark.kind == "not run", f"{remark.kind}: is for commands, Python runs or does not"
    compile(example.parsed, example.path, "exec")
    name = file_name(example.document, example.start)
    if name is None and remark is None:
        with _place(example).at_work():
            PythonEvaluator()(example)


def _saved(parse: Callable[[str], object]) -> Callable[[Example], None]:
    """What evaluates a block that is parsed, and saved if the text names it."""

    def evaluate(example: Example) -> None:
        parse(example)
        name = file_name(example.document, example.start)
        if name is not None:
            _place(example).save(name, example.parsed)

    return evaluate


def _refuse(example: Example) -> str:
    language = example.region.lexemes["language"]
    return f"language {language!r}: takes {', '.join(_EVALUATORS)}; commands are sh, without prompts"


def _place(example: Example) -> Workplace:
    place: Workplace = example.namespace["workplace"]
    return place


_EVALUATORS: dict[str, Callable[[Example], object]] = {
    "sh": _run_shell,
    "python": _saved(_run_python),
    "toml": _saved(lambda example: tomllib.loads(example.parsed)),
    "json": _saved(lambda example: json.loads(example.parsed)),
    "text": _saved(lambda example: None),
}
