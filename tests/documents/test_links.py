"""Links, pictures and anchors of all documents lead somewhere, and the map of the code shows what there is."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from documents.continuous_integration import ROOT
from documents.tracked import tracked_documents
from markdown_it import MarkdownIt
from markdown_it.token import Token

DOCUMENTS = tracked_documents(ROOT)


def tokens(path: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))


def targets(path: Path) -> Iterator[str]:
    for inner in (inner for token in tokens(path) for inner in token.children or []):
        for attribute in ("href", "src"):
            if target := inner.attrGet(attribute):
                yield str(target)


def anchors(path: Path) -> set[str]:
    """The names that headings have in links: lower case, hyphens for spaces, numbers for repetitions."""
    found: Counter[str] = Counter()
    for opening, heading in itertools.pairwise(tokens(path)):
        if opening.type == "heading_open":
            text = "".join(inner.content for inner in heading.children or [])
            found[re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")] += 1
    return {f"{name}-{i}" if i else name for name, count in found.items() for i in range(count)}


def faults(path: Path, root: Path) -> Iterator[str]:
    for target in targets(path):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = unquote(target).partition("#")
        where = path.parent / file if file else path
        if not where.resolve().is_relative_to(root):
            yield f"{target}: outside of the repository"
        elif not where.exists():
            yield f"{target}: no such file"
        elif anchor and anchor not in anchors(where):
            yield f"{target}: no such heading"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    assert list(faults(path, ROOT)) == []


def test_wrong_links_are_noticed(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A *heading*: `of` it\n\n# A heading of it\n\n[a](#a-heading-of-it) [b](#a-heading-of-it-1) [c](#gone)\n"
        "![d](gone.png) [e](https://example.org/gone) [f](../other.md) [g](page.md#gone) [h](.)\n\n"
        "| [i](gone.md) |\n|---|\n| `[j](no-link)` |\n"
    )
    assert list(faults(page, tmp_path)) == [
        "#gone: no such heading",
        "gone.png: no such file",
        "../other.md: outside of the repository",
        "page.md#gone: no such heading",
        "gone.md: no such file",
    ]


def test_the_map_names_every_folder_of_the_core_and_nothing_else():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    drawing, rest = re.search(
        r"```text\n(what a plugin author reads.*?)(plugins/<name>/.*?)```", text, re.DOTALL
    ).groups()
    core = ROOT / "policybench"
    named = set(re.findall(r"\b([a-z_]+)/", drawing))
    assert named == {path.parent.name for path in core.glob("*/__init__.py")}
    modules = " ".join(line[:38] for line in drawing.splitlines()[1:4]).split()
    assert len(modules) >= 10
    assert [module for module in modules if not (core / f"{module}.py").exists()] == []
    assert [entry for entry in re.findall(r"^([a-z]+)/", rest, re.MULTILINE) if not (ROOT / entry).is_dir()] == []
