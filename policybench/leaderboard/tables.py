"""Standings as tables, in every format; whatever a format would take for markup is escaped."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

from tabulate import tabulate

from policybench.analysis.curve import filled_share
from policybench.analysis.statistics import Estimate
from policybench.leaderboard.ranking import Board, Overall, OverallRow, RankedRow
from policybench.leaderboard.rescoring import curve_of
from policybench.leaderboard.schema import Costs, Interval, Submission

Format = Literal["github", "html", "latex", "csv", "json"]
FORMATS = ("github", "html", "latex", "csv", "json")

TARGET_SHARE = 0.75
"""The target whose expected running time the tables show."""

_HEADERS = (
    "rank",
    "principal",
    "seeds",
    "recommended payoff",
    "convergence payoff",
    "score",
    "anytime score",
    "seeds at 75%",
    "ERT to 75%",
    "validation timesteps",
    "wall-clock (s)",
    "cost",
    "kind",
)
_OVERALL_HEADERS = ("rank", "principal", "seeds", "interquartile mean", "median", "mean", "optimality gap")


def board_table(board: Board, style: Literal["github", "html", "latex"], links: Sequence[str] = ()) -> str:
    """An environment's table.

    Args:
        board: its rows.
        style: how to write it.
        links: where each row's principal links to, for ``github``.
    """
    rows = [_cells(row) for row in board.rows]
    return _table(rows, _HEADERS, style, links)


def overall_table(table: Overall, style: Literal["github", "html", "latex"]) -> str:
    """The table over environments."""
    return _table([_overall_cells(row) for row in table.rows], _OVERALL_HEADERS, style)


def render(found: Sequence[Board], totals: Sequence[Overall], style: Format) -> str:
    """All tables as one text."""
    if style == "json":
        return json.dumps({"boards": _records(found), "overall": _overall_records(totals)}, indent=2)
    if style == "csv":
        return _csv(_records(found))
    titled = [(f"Overall, protocol {table.protocol}", overall_table(table, style)) for table in totals]
    titled += [(f"{board.environment}, protocol {board.protocol}", board_table(board, style)) for board in found]
    title = {"github": "### {}", "html": "<h3>{}</h3>", "latex": "\\subsection*{{{}}}"}[style]
    escape: dict[str, Callable[[str], str]] = {"github": markdown, "html": html.escape, "latex": _latex}
    return "\n\n".join(f"{title.format(escape[style](name))}\n\n{table}" for name, table in titled)


def markdown(text: str) -> str:
    r"""Text that Markdown shows as it is.

    >>> print(markdown("a|b_c <i>"))
    a\|b\_c &lt;i&gt;
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|#~!])", r"\\\1", text)


def interval_text(found: Interval | Estimate | None) -> str:
    """``mean [low, high]``; a hyphen where there is none."""
    if found is None:
        return "-"
    return f"{found.mean:.4g}" + ("" if found.low is None else f" [{found.low:.4g}, {found.high:.4g}]")


def kind(submission: Submission) -> str:
    """``hosted`` if a service decided, else ``pinned``."""
    return "hosted" if submission.manifest.hosted else "pinned"


def _table(rows: Sequence[Sequence[str]], headers: Sequence[str], style: str, links: Sequence[str] = ()) -> str:
    if style == "github":
        texts = [i for i, header in enumerate(headers) if header in ("principal", "cost")]
        rows = [[markdown(cell) if i in texts else cell for i, cell in enumerate(row)] for row in rows]
        rows = (
            [[row[0], f"[{row[1]}]({link})", *row[2:]] for row, link in zip(rows, links, strict=True)]
            if links
            else rows
        )
    align = ["left" if header in ("principal", "cost", "kind") else "right" for header in headers]
    table: str = tabulate(rows, headers, tablefmt=style, disable_numparse=True, colalign=align)
    return table


def _cells(row: RankedRow) -> list[str]:
    submission = row.entry.submission
    metrics, costs = submission.metrics, submission.costs
    target = next((target for target in metrics.targets if target.share == TARGET_SHARE), None)
    reached = "-" if target is None else f"{target.success_share:.0%}"
    expected = "-" if target is None or target.expected_running_time is None else target.expected_running_time
    return [
        _rank(row.rank),
        submission.manifest.principal.variant,
        str(len(submission.manifest.protocol.seeds)),
        interval_text(metrics.recommended_payoff),
        interval_text(metrics.convergence_payoff),
        interval_text(metrics.score),
        interval_text(metrics.anytime_score),
        reached,
        expected if isinstance(expected, str) else f"{expected:,.0f}",
        f"{costs.validation_timesteps:,}",
        f"{costs.seconds:,.1f}",
        _noted(costs),
        kind(submission) + (f", {share:.0%} filled" if (share := _filled_share(submission)) else ""),
    ]


def _overall_cells(row: OverallRow) -> list[str]:
    found = row.aggregates
    parts = (found.interquartile_mean, found.median, found.mean, found.optimality_gap)
    return [_rank(row.rank), row.principal, str(row.seeds), *map(interval_text, parts)]


def _rank(rank: int | None) -> str:
    return "-" if rank is None else str(rank)


def _noted(costs: Costs) -> str:
    return ", ".join(f"{value:,.6g} {name.replace('_', ' ')}" for name, value in costs.noted.items()) or "-"


def _filled_share(submission: Submission) -> float:
    steps = submission.manifest.protocol.steps
    return filled_share(curve_of(rows, steps) for rows in submission.curves)


def _records(found: Sequence[Board]) -> list[dict[str, Any]]:
    """A flat record a row, of plain numbers."""
    return [_record(board, row) for board in found for row in board.rows]


def _record(board: Board, row: RankedRow) -> dict[str, Any]:
    submission = row.entry.submission
    metrics, costs, manifest = submission.metrics, submission.costs, submission.manifest
    record: dict[str, Any] = {
        "environment": board.environment,
        "protocol": board.protocol,
        "rank": row.rank,
        "principal": manifest.principal.variant,
        "seeds": len(manifest.protocol.seeds),
        "steps": manifest.protocol.steps,
    }
    for name in ("recommended_payoff", "convergence_payoff", "simple_regret", "score", "anytime_score"):
        found: Interval | None = getattr(metrics, name)
        record[name] = found.mean if found else None
        record[f"{name}_low"] = found.low if found else None
        record[f"{name}_high"] = found.high if found else None
    for target in metrics.targets:
        record[f"success_share_{target.share:.0%}"] = target.success_share
        record[f"expected_running_time_{target.share:.0%}"] = target.expected_running_time
    return record | {
        "training_timesteps": costs.training_timesteps,
        "validation_timesteps": costs.validation_timesteps,
        "seconds": costs.seconds,
        "cost": dict(costs.noted),
        "kind": kind(submission),
        "filled_share": _filled_share(submission),
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
            "rank": row.rank,
            "principal": row.principal,
            **{name: vars(found) for name, found in vars(row.aggregates).items()},
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
