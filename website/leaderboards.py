"""The leaderboards as pages: a table of all rows, and a page for each environment and protocol.

All that a submission holds was written by strangers. It reaches pages through Jinja2 templates that escape
everything, and never through Markdown: MkDocs is given an empty page, whose content is replaced.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment as Templates
from jinja2 import FileSystemLoader, StrictUndefined

from policybench.analysis.formats import costs_text, estimate_text
from policybench.contexts import context_key
from policybench.errors import InputError
from policybench.leaderboard.boards import Board, RankedRow, boards, overall
from policybench.leaderboard.folder import read_folder
from policybench.leaderboard.scoring import curves_of
from policybench.leaderboard.tables import TARGET_SHARE, kind, left_out_text, remarks, shown_measures
from policybench.plots.palette import Style, styles
from policybench.plots.series import curve_of
from policybench.plugins import registry
from policybench.problem import Problem
from policybench.report import figures
from policybench.report.build import json_script
from website.places import LEADERBOARDS, slug

TEMPLATES = Templates(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["estimate"] = estimate_text
TEMPLATES.filters["json_script"] = json_script


@dataclass(frozen=True)
class Page:
    """A page of the leaderboards.

    Attributes:
        place: where it stands on the site, a Markdown file.
        title: plain text.
        html: its content.
        protocol: whose rows it shows; empty for the page of all rows.
        environment: the same, with the options that differ from their defaults.
        rows: what it shows, in its order.
        view: what its template is given; empty for the page of all rows.
    """

    place: str
    title: str
    html: str
    protocol: str = ""
    environment: str = ""
    rows: Sequence[RankedRow] = ()
    view: Mapping[str, Any] = field(default_factory=dict)


def pages(root: Path) -> Iterator[Page]:
    """The page of all rows, and one for each table.

    Raises:
        InputError: a submission is not sound; the message has a line for each fault.
    """
    contents = read_folder(root)
    if contents.faults:
        raise InputError("\n".join(contents.faults))
    found = boards(contents.entries)
    views = [_board(board, place) for board, place in zip(found, _places(found), strict=True)]
    totals = [{"table": table, "left_out": left_out_text(table)} for table in overall(found)]
    everything = TEMPLATES.get_template("leaderboards.html").render(boards=views, totals=totals)
    yield Page(LEADERBOARDS, "Leaderboards", everything)
    for view in views:
        html = TEMPLATES.get_template("board.html").render(board=view)
        board = view["board"]
        title = f"{board.environment}, {board.protocol}"
        yield Page(view["place"], title, html, board.protocol, board.environment, board.rows, view)


def _places(found: Sequence[Board]) -> Iterator[str]:
    names = _distinct(f"{slug(board.protocol)}/{slug(board.environment)}" for board in found)
    return (f"leaderboards/{name}.md" for name in names)


def _distinct(names: Iterable[str]) -> Iterator[str]:
    """Names of files or anchors; those that differ in nothing but punctuation before are numbered."""
    taken: Counter[str] = Counter()
    for name in names:
        taken[name] += 1
        yield f"{name}-{taken[name]}" if taken[name] > 1 else name


def _board(board: Board, place: str) -> dict[str, Any]:
    named = [(row.entry.submission.manifest.principal.name, row.principal) for row in board.rows]
    palette = styles(named)
    problem = _problem(board)
    measures = shown_measures(board.steps)
    anchors = _distinct(f"row-{slug(row.entry.path.stem)}" for row in board.rows)
    rows = [
        _row(row, anchor, palette[name], list(measures), problem)
        for row, anchor, name in zip(board.rows, anchors, named, strict=True)
    ]
    ranking = board.rows[0].entry.scores.ranking
    return {
        "board": board,
        "place": place,
        # From the page of all rows, which is a folder on the site.
        "link": place.removeprefix("leaderboards/").removesuffix(".md") + "/",
        "headers": list(measures.values()),
        "installed": board.rows[0].entry.installed,
        "scored": ranking is not None and ranking.scores is not None,
        "kinds": sorted({row["kind"] for row in rows}),
        "rows": rows,
        "figure": _figure(rows, problem),
        "problem": problem,
    }


def _problem(board: Board) -> Problem | None:
    """The task that a table is about; None where the environment is not installed."""
    manifest = board.rows[0].entry.submission.manifest.environment
    plugin = registry().environments.get(manifest.name)
    if plugin is None or not board.rows[0].entry.installed:
        return None
    options = {option.name for option in plugin.spec.options}
    chosen = {name: manifest.options[name] for name in manifest.changed if name in options}
    with closing(plugin.spec.create([0], **chosen)) as environment:
        return environment.problem


def _figure(rows: Sequence[dict[str, Any]], problem: Problem | None) -> figures.Figure:
    traces, curves = [], []
    for row in rows:
        curve = curve_of(curves_of(row["entry"].submission))
        if curve is not None:
            curves.append(curve)
            traces += figures.curve_traces(curve, row["slug"], row["principal"], row["style"])
    known = (("random actions", problem.floor), ("best known action", problem.ceiling)) if problem else ()
    return figures.curves_figure(
        traces, curves, [(text, found.payoff) for text, found in known if found is not None]
    )


def _row(
    row: RankedRow, name: str, style: Style, measures: Sequence[str], problem: Problem | None
) -> dict[str, Any]:
    entry, submission = row.entry, row.entry.submission
    target = next((target for target in entry.scores.targets if target.share == TARGET_SHARE), None)
    # JSON that people read: the manifest as it was submitted.
    manifest = json.dumps(submission.manifest.model_dump(mode="json"), indent=2, ensure_ascii=False)
    return {
        "entry": entry,
        "submission": submission,
        "manifest": manifest,
        "rank": row.rank,
        "principal": row.principal,
        "slug": name,
        "style": style,
        "kind": kind(entry),
        "remarks": remarks(entry),
        "measures": [getattr(entry.scores, measure) for measure in measures],
        "target": target,
        "cost": costs_text(submission.costs.noted),
        "dimensions": _dimensions(submission.final[0].actions[0], problem),
        "recommended": list(_recommended(submission.final)),
    }


def _dimensions(action: Sequence[float], problem: Problem | None) -> list[str]:
    described = problem.description.action if problem else ()
    if len(described) == len(action):
        return [dimension.name for dimension in described]
    return [f"action [{number}]" for number in range(len(action))]


def _recommended(final: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Of each seed and context, the recommended action, and what its evaluations paid."""
    for rows in final:
        paid: dict[tuple[str, tuple[float, ...]], list[float]] = {}
        for index, (action, payoff) in enumerate(zip(rows.actions, rows.payoffs, strict=True)):
            context = context_key(rows.context(index)) if rows.contexts is not None else ""
            paid.setdefault((context, tuple(action)), []).append(payoff)
        for (context, action), payoffs in sorted(paid.items()):
            yield {
                "seed": rows.seed,
                "context": context,
                "action": action,
                "payoff": sum(payoffs) / len(payoffs),
                "evaluations": len(payoffs),
            }
