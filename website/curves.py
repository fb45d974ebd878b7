"""The learning curves of one principal, a picture an environment, for its page of the gallery.

Names in them come from submissions: as those of the leaderboards they reach the page through a template that
escapes everything, after Markdown has done its work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from policybench.analysis.metrics import normalised
from policybench.leaderboard.scoring import curves_of
from policybench.plots.series import curve_of
from policybench.recorded import reference_payoffs
from policybench.report import figures
from policybench.store.manifest import ReferencePayoffs
from website.leaderboards import TEMPLATES, Page

PLACEHOLDER = '<div class="boards curves"></div>'
"""What stands in a page's Markdown where its curves come."""


_DASHES = {"solid": "none", "dash": "6 3", "dot": "2 2", "dashdot": "6 2 2 2"}
"""The dashes of ``policybench.plots.palette``, for SVG."""


def boards_of(boards: Iterable[Page], principal: str) -> list[Page]:
    """The tables in which a principal has a row; of several protocols in one environment the first."""
    found: dict[str, Page] = {}
    for board in boards:
        if any(_is_of(row, principal) for row in board.view.get("rows", ())):
            found.setdefault(board.environment, board)
    return list(found.values())


def curves_html(boards: Iterable[Page], principal: str) -> str:
    """The pictures of a principal that has at least one row.

    Args:
        boards: the pages of the leaderboards.
        principal: its name; rows with other options than its defaults are drawn, too, each with its own dashes.
    """
    pictures = [
        _picture(number, board, [row for row in board.view["rows"] if _is_of(row, principal)])
        for number, board in enumerate(boards_of(boards, principal))
    ]
    return TEMPLATES.get_template("curves.html").render(pictures=pictures, dashes=_DASHES)


def _is_of(row: dict[str, Any], principal: str) -> bool:
    name: str = row["submission"].manifest.principal.name
    return name == principal


def _picture(number: int, board: Page, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    problem = board.view["problem"]
    reference = reference_payoffs(problem) if problem else ReferencePayoffs(floor=None, ceiling=None)
    floor, ceiling = reference.floor, reference.ceiling
    scored = floor is not None and ceiling is not None
    traces, drawn = [], []
    for row in rows:
        curves = curves_of(row["submission"])
        if floor is not None and ceiling is not None:
            curves = replace(curves, payoffs=normalised(curves.payoffs, floor, ceiling))
        curve = curve_of(curves)
        if curve is not None:
            drawn.append(curve)
            traces += figures.curve_traces(curve, row["slug"], row["principal"], row["style"])
    levels = (("random actions", 0.0), ("best known action", 1.0)) if scored else ()
    return {
        "id": f"curves-{number}",
        "board": board,
        "link": f"../../leaderboards/{board.view['link']}",
        "rows": rows,
        "figure": figures.curves_figure(traces, drawn, levels, "score" if scored else "payoff"),
    }
