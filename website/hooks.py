"""What MkDocs calls: makes all pages and the menu, and puts the leaderboards' tables into theirs."""

from __future__ import annotations

import json
import os
import sys
from html import escape
from importlib.resources import files as resources
from pathlib import Path, PurePosixPath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from plotly.offline import get_plotlyjs

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that the package `website` is found

from policybench.errors import InputError
from policybench.plugins import registry
from website import curves, gallery, interface, leaderboards
from website.documents import Pictures, read, rewrite
from website.navigation import menu
from website.places import ROOT, find_places

_boards: dict[str, leaderboards.Page] = {}


def on_config(config: MkDocsConfig) -> None:
    """Make the leaderboards' pages, and the menu; ``POLICYBENCH_LEADERBOARDS`` names another folder of them."""
    root = Path(os.environ.get("POLICYBENCH_LEADERBOARDS", ROOT / "leaderboards"))
    try:
        pages = list(leaderboards.pages(root))
    except InputError as error:
        raise PluginError(str(error)) from None
    _boards.clear()
    _boards.update({page.place: page for page in pages})
    config.nav = menu(find_places(registry()), pages)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add all pages, their pictures, and the scripts."""
    found, pictures = registry(), Pictures()
    places = find_places(found)
    texts = {
        page: rewrite(read(document), document, page, places, pictures)
        for document, page in places.pages.items()
        if not page.startswith(("environments/", "principals/"))
    }
    texts |= dict(gallery.pages(found, places, pictures, list(_boards.values())))
    texts |= dict(interface.pages())
    for place, board in _boards.items():
        # Titles are JSON here, which is YAML too, and HTML, which MkDocs takes them for.
        texts[place] = f"---\ntitle: {json.dumps(escape(board.title))}\nhide: [toc]\n---\n"
    for place, text in texts.items():
        files.append(File.generated(config, place, content=text))
    for place, document in pictures.files.items():
        files.append(File.generated(config, place, abs_src_path=str(ROOT / document)))
    assets: dict[str, Any] = {"plotly.min.js": get_plotlyjs()}
    assets["report.js"] = resources("policybench.report").joinpath("assets", "report.js").read_bytes()
    for name, content in assets.items():
        files.append(File.generated(config, f"assets/{name}", content=content))
    return files


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """The content of a leaderboard's page, and the curves of a principal; all else is as Markdown made it."""
    board = _boards.get(page.file.src_uri)
    if board is not None:
        return board.html
    place = PurePosixPath(page.file.src_uri)
    if place.parent.name == "principals" and curves.PLACEHOLDER in html:
        return html.replace(curves.PLACEHOLDER, curves.curves_html(_boards.values(), place.stem), 1)
    return html
