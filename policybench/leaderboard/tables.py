"""Leaderboards as tables, in every format; whatever a format would take for markup is escaped."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Literal

from tabulate import tabulate

from policybench.analysis.formats import costs_text, estimate_text
from policybench.analysis.metrics import EARLY_STEPS
from policybench.analysis.scores import Measure
from policybench.leaderboard.boards import Board, Overall, OverallRow, RankedRow
from policybench.leaderboard.folder import Entry
from policybench.leaderboard.schema import Submission
from policybench.leaderboard.scoring import curves_of

Format = Literal["github", "html", "latex", "csv", "json"]
_Markup = Literal["github", "html", "latex"]

TARGET_SHARE = 0.75
"""The target whose expected running time the tables show."""

_OVERALL_HEADERS = ("rank", "principal", "seeds", "sample efficiency")
_AGGREGATE_HEADERS = ("principal", "interquartile mean", "median", "mean", "optimality gap")
_TEXTS = ("principal", "cost", "kind")


def board_table(board: Board, style: _Markup, links: Sequence[str] = ()) -> str:
    """An environment's table.

    Args:
        board: its rows.
        style: how to write it.
        links: where each row's principal links to, for ``github``.
    """
    measures = shown_measures(board.steps)
    headers = ["rank", "principal", "seeds"]
    for name in measures.values():
        headers += [name, "its payoff"]
    headers += ["seeds at 75%", "ERT to 75% (steps)", "validation timesteps", "wall-clock (s)", "cost", "kind"]
    return _table([_cells(row, measures) for row in board.rows], headers, style, links)


def overall_table(table: Overall, style: _Markup) -> str:
    """The table over environments, in the order of ranks."""
    rows = [[_rank(row.rank), row.principal, str(row.score.seeds), estimate_text(row.score)] for row in table.rows]
    return _table(rows, _OVERALL_HEADERS, style)


def aggregates_table(table: Overall, style: _Markup) -> str:
    """The same scores in the ways of Agarwal et al. (2021)."""
    return _table([_aggregate_cells(row) for row in table.rows], _AGGREGATE_HEADERS, style)


def left_out_text(table: Overall) -> list[str]:
    """For each environment that the overall table leaves out, a sentence that says why."""
    return [f"{name} is left out of it: {why}." for name, why in table.left_out.items()]


def render(found: Sequence[Board], totals: Sequence[Overall], style: Format) -> str:
    """All tables as one text."""
    if style == "json":
        return json.dumps({"boards": _records(found), "overall": _overall_records(totals)}, indent=2)
    if style == "csv":
        return _csv(_records(found))
    escape: dict[str, Callable[[str], str]] = {"github": markdown, "html": html.escape, "latex": _latex}
    titled = []
    for table in totals:
        parts = [overall_table(table, style), *map(escape[style], left_out_text(table))]
        titled.append((f"Overall, protocol {table.protocol}", "\n\n".join(parts)))
        titled.append((f"Overall, protocol {table.protocol}, aggregates", aggregates_table(table, style)))
    titled += [(f"{board.environment}, protocol {board.protocol}", board_table(board, style)) for board in found]
    title = {"github": "### {}", "html": "<h3>{}</h3>", "latex": "\\subsection*{{{}}}"}[style]
    return "\n\n".join(f"{title.format(escape[style](name))}\n\n{table}" for name, table in titled)


def markdown(text: str) -> str:
    r"""Text that Markdown shows as it is.

    >>> print(markdown("a|b_c <i>"))
    a\|b\_c &lt;i&gt;
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#~!])", r"\\\1", text)


def kind(entry: Entry) -> str:
    """``external`` if no plugin decided, ``hosted`` if a service did, else ``pinned``."""
    if entry.submission.manifest.external:
        return "external"
    return {True: "hosted", False: "pinned", None: "pinned by its author's word"}[entry.hosted]


def remarks(entry: Entry) -> list[str]:
    """What a reader must know beside the kind, each in a few words."""
    filled = curves_of(entry.submission).filled_share
    return [
        *(["transcript"] if entry.submission.transcript else []),
        *(["unverified platform"] if entry.platform else []),
        *([f"{filled:.0%} filled"] if filled else []),
        *_failed(entry.submission),
        *entry.unchecked,
    ]


def _table(rows: Sequence[Sequence[str]], headers: Sequence[str], style: str, links: Sequence[str] = ()) -> str:
    if style == "github":
        texts = [i for i, header in enumerate(headers) if header in _TEXTS]
        rows = [[markdown(cell) if i in texts else cell for i, cell in enumerate(row)] for row in rows]
        rows = (
            [[row[0], f"[{row[1]}]({link})", *row[2:]] for row, link in zip(rows, links, strict=True)]
            if links
            else rows
        )
    align = ["left" if header in _TEXTS else "right" for header in headers]
    table: str = tabulate(rows, headers, tablefmt=style, disable_numparse=True, colalign=align)
    return table


def shown_measures(steps: int) -> dict[str, str]:
    """What a table shows, by the names of ``Scores``, with its headers; the first one decides the order."""
    named = {"ranking": "sample efficiency"}
    if steps > EARLY_STEPS[-1]:
        named = {
            "ranking": "score (mean of the next two)",
            "sample_efficiency": "efficiency, all steps",
            "sample_efficiency_100": "efficiency, first 100",
        }
    if steps > EARLY_STEPS[0]:
        named["sample_efficiency_10"] = "efficiency, first 10"
    return named | {"convergence": "convergence", "recommended": "recommended action"}


def _failed(submission: Submission) -> list[str]:
    failed, steps = submission.costs.failed_steps, sum(map(len, submission.curves))
    return [f"{failed / steps:.1%} of the steps without an answer"] if failed else []


def _cells(row: RankedRow, measures: Sequence[str] | dict[str, str]) -> list[str]:
    submission, scores = row.entry.submission, row.entry.scores
    costs = submission.costs
    target = next((target for target in scores.targets if target.share == TARGET_SHARE), None)
    expected = None if target is None else target.expected_running_time
    cells = [_rank(row.rank), row.principal, str(len(submission.manifest.protocol.seeds))]
    for name in measures:
        measure: Measure = getattr(scores, name)
        cells += [estimate_text(measure.score, ".3g"), f"{measure.payoff.mean:.4g}"]
    return [
        *cells,
        "-" if target is None else f"{target.success_share:.0%}",
        "-" if expected is None else f"{expected:,.0f}",
        f"{costs.validation_timesteps:,}",
        f"{costs.seconds:,.1f}",
        costs_text(costs.noted),
        ", ".join([kind(row.entry), *remarks(row.entry)]),
    ]


def _aggregate_cells(row: OverallRow) -> list[str]:
    found = row.aggregates
    parts = (found.interquartile_mean, found.median, found.mean, found.optimality_gap)
    return [row.principal, *(estimate_text(part, ".3g") for part in parts)]


def _rank(rank: int | None) -> str:
    return "-" if rank is None else str(rank)


def _records(found: Sequence[Board]) -> list[dict[str, Any]]:
    """A flat record a row, of plain numbers."""
    return [_record(board, row) for board in found for row in board.rows]


def _record(board: Board, row: RankedRow) -> dict[str, Any]:
    submission, scores = row.entry.submission, row.entry.scores
    costs, manifest = submission.costs, submission.manifest
    record: dict[str, Any] = {
        "environment": board.environment,
        "protocol": board.protocol,
        "rank": row.rank,
        "principal": row.principal,
        "seeds": len(manifest.protocol.seeds),
        "steps": manifest.protocol.steps,
    }
    names = ("sample_efficiency", *(f"sample_efficiency_{first}" for first in EARLY_STEPS))
    for name in ("ranking", *names, "convergence", "recommended"):
        found: Measure | None = getattr(scores, name)
        score = found.score if found else None
        record[name] = score.mean if score else None
        record[f"{name}_low"] = score.low if score else None
        record[f"{name}_high"] = score.high if score else None
        record[f"{name}_payoff"] = found.payoff.mean if found else None
    for target in scores.targets:
        record[f"success_share_{target.share:.0%}"] = target.success_share
        record[f"expected_running_time_{target.share:.0%}"] = target.expected_running_time
    return record | {
        "training_timesteps": costs.training_timesteps,
        "validation_timesteps": costs.validation_timesteps,
        "seconds": costs.seconds,
        "cost": dict(costs.noted),
        "kind": kind(row.entry),
        "unverified_platform": "; ".join(row.entry.platform),
        "unchecked": "; ".join(row.entry.unchecked),
        "filled_share": curves_of(submission).filled_share,
        "distribution": manifest.principal.distribution,
        "version": manifest.principal.version,
        "command": submission.command,
        "sha256": submission.sha256,
    }


def _overall_records(totals: Sequence[Overall]) -> list[dict[str, Any]]:
    return [
        {
            "protocol": table.protocol,
            "environments": table.environments,
            "left_out": table.left_out,
            "rank": row.rank,
            "principal": row.principal,
            "score": asdict(row.score),
            **asdict(row.aggregates),
        }
        for table in totals
        for row in table.rows
    ]


def _csv(records: Sequence[dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for record in records for name in record))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerow({**record, "cost": json.dumps(record["cost"]) if record["cost"] else ""})
    return text.getvalue().rstrip("\n")


def _latex(text: str) -> str:
    return re.sub(r"([_%&#$])", r"\\\1", text)
