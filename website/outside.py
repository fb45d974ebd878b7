"""What pages would load from elsewhere: the site asks nobody but its own server.

``python -m website.outside FOLDER`` prints it, with status 1 if there is any.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

_LOADED = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "iframe": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "object": ("data",),
    "embed": ("src",),
}
_LINKS = {"stylesheet", "preload", "preconnect", "dns-prefetch", "modulepreload", "icon", "manifest"}
_ELSEWHERE = re.compile(r"^\s*(?:[a-z+.-]+:)?//", re.IGNORECASE)
_IN_STYLES = re.compile(r"(?:url\(\s*|@import\s+)[\"']?((?:https?:)?//[^\"')\s;]+)", re.IGNORECASE)


def requests(folder: Path) -> Iterator[str]:
    """A line for each address on another server that a page or a style sheet below a folder loads."""
    for path in sorted(folder.rglob("*.html")):
        page = _Page()
        page.feed(path.read_text(encoding="utf-8"))
        yield from (f"{path.relative_to(folder)}: {address}" for address in page.found)
    for path in sorted(folder.rglob("*.css")):
        addresses = _IN_STYLES.findall(path.read_text(encoding="utf-8"))
        yield from (f"{path.relative_to(folder)}: {address}" for address in addresses)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        named = [values.get(name) or "" for name in _LOADED.get(tag, ())]
        if tag == "link" and _LINKS & set((values.get("rel") or "").split()):
            named.append(values.get("href") or "")
        self.found += [address for address in named if _ELSEWHERE.match(address)]
        self.found += _IN_STYLES.findall(values.get("style") or "")


if __name__ == "__main__":
    lines = list(requests(Path(sys.argv[1])))
    print("\n".join(lines) or "nothing is loaded from elsewhere")
    sys.exit(1 if lines else 0)
