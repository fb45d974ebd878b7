"""Pages from Markdown documents: comments gone, links led to pages of the site, pictures brought along."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from website.places import LEADERBOARDS, ROOT, SOURCE, Places

_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_GENERATED = re.compile(r"<!-- begin of what .*?-->.*<!-- end of what .*?-->", re.DOTALL)
_CODE = re.compile(r"(`+)(?:(?!\1).)+?\1(?!`)", re.DOTALL)
_LINK = re.compile(r"(\]\()([^)\s]+)(\))")
_ITEM = re.compile(r"^ {0,3}([*-]|\d+\.) ")
_PICTURES = (".png", ".gif", ".svg", ".webp")


@dataclass
class Pictures:
    """The files that pages show, by where they stand on the site."""

    files: dict[str, str] = field(default_factory=dict)

    def place(self, document: str) -> str:
        """Where a picture of the repository stands on the site; remembers that it is needed."""
        place = f"pictures/{document}"
        self.files[place] = document
        return place


def read(document: str) -> str:
    """A document's text, without what a site has no use for.

    Comments go, which say how commands are tested, and so does what ``policybench leaderboard build`` wrote,
    which is on pages of its own.
    """
    text = (ROOT / document).read_text(encoding="utf-8")
    tables = posixpath.relpath(LEADERBOARDS, "leaderboards")
    text = _GENERATED.sub(f"The tables are [on pages of their own]({tables}).", text)
    return _spaced(outside_code(text, lambda part: _COMMENT.sub("", part)))


def rewrite(text: str, document: str, page: str, places: Places, pictures: Pictures) -> str:
    """Lead a text's links to where they belong on the site.

    Args:
        text: Markdown.
        document: where its links are relative to, in the repository.
        page: where it will stand.
        places: of all documents.
        pictures: is told which are shown.

    Raises:
        ValueError: a link leads to nothing in the repository.
    """

    def target(match: re.Match[str]) -> str:
        opening, goal, closing = match.groups()
        file, _, anchor = goal.partition("#")
        if re.match(r"[a-z]+:", goal) or not file or file == posixpath.relpath(LEADERBOARDS, "leaderboards"):
            return match[0]
        there = posixpath.normpath(posixpath.join(posixpath.dirname(document), unquote(file)))
        found = places.of(there)
        if found is None and not (ROOT / there).exists():
            raise ValueError(f"{document}: link to {goal}, which does not exist")
        if found is None and there.endswith(_PICTURES):
            found = pictures.place(there)
        if found is None:
            return f"{opening}{SOURCE}{quote(there)}{closing}"
        relative = posixpath.relpath(found, posixpath.dirname(page) or ".")
        return f"{opening}{relative}{'#' + anchor if anchor else ''}{closing}"

    def lines(part: str) -> str:
        kept = [span.span() for span in _CODE.finditer(part)]
        return _LINK.sub(
            lambda match: match[0] if any(a <= match.start() < b for a, b in kept) else target(match), part
        )

    return outside_code(text, lines)


def outside_code(text: str, change: Callable[[str], str]) -> str:
    r"""Change what stands outside of blocks of code.

    >>> print(outside_code("a\n```sh\na\n```\na", str.upper))
    A
    ```sh
    a
    ```
    A
    """
    parts: list[str] = []
    prose: list[str] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        opening = _FENCE.match(line)
        if not fence and opening:
            parts.append(change("".join(prose)))
            prose, fence = [], opening[1]
            parts.append(line)
        elif fence:
            parts.append(line)
            fence = "" if line.strip() == fence else fence
        else:
            prose.append(line)
    return "".join([*parts, change("".join(prose))])


def sections(text: str) -> dict[str, str]:
    """A document's sections of the third level by their headings, without backticks; the headings are left out."""
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for part in re.split(r"(?m)^(?=#{1,3} )", text):
        heading, _, body = part.partition("\n")
        current = found.setdefault(heading[4:].strip("` "), []) if heading.startswith("### ") else None
        if current is not None:
            current.append(body.strip())
    return {name: "\n\n".join(bodies) for name, bodies in found.items()}


def shown_pictures(text: str) -> list[str]:
    """The pictures of a document, as Markdown."""
    return re.findall(r"!\[[^\]]*\]\([^)\s]+\)", text)


def _spaced(text: str) -> str:
    """Text with an empty line above each list, which not every reader of Markdown can do without."""

    def change(part: str) -> str:
        lines: list[str] = []
        for line in part.splitlines(keepends=True):
            before = lines[-1] if lines else ""
            if _ITEM.match(line) and before.strip() and not _ITEM.match(before) and not before.startswith("  "):
                lines.append("\n")
            lines.append(line)
        return "".join(lines)

    return outside_code(text, change)
