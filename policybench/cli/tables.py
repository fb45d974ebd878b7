"""Summaries as people and programs read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from tabulate import tabulate

from policybench.analysis.metrics import TRAILING_STEPS
from policybench.analysis.statistics import Estimate
from policybench.analysis.summary import Summary

_HEADERS = (
    "environment",
    "protocol",
    "principal",
    "seeds",
    "steps",
    "convergence payoff",
    "recommended payoff",
    "simple regret",
    "score",
    "anytime score",
    "training timesteps",
    "validation timesteps",
    "seconds",
    "cost",
)


def as_json(summaries: Sequence[Summary]) -> str:
    """The summaries as a JSON list."""
    return json.dumps([asdict(summary) for summary in summaries], indent=2)


def as_card(summary: Summary) -> str:
    """One summary, a line a number, with its targets below."""
    rows = [list(pair) for pair in zip(_HEADERS, _row(summary), strict=True)]
    card: str = tabulate(rows, disable_numparse=True)
    return "\n\n".join(filter(None, [card, _targets([summary])]))


def as_tables(summaries: Sequence[Summary]) -> str:
    """The summaries as a table, a row a run, and another one of how fast targets were reached."""
    rows = [_row(summary) for summary in summaries]
    table: str = tabulate(rows, _HEADERS, disable_numparse=True, colalign=("left",) * 3 + ("right",) * 11)
    return "\n\n".join(filter(None, [table, _targets(summaries)]))


def _row(summary: Summary) -> list[str]:
    finished = summary.status == "finished"
    return [
        summary.environment,
        summary.protocol,
        summary.principal,
        str(summary.seeds),
        (str(summary.steps) if finished else f"{summary.steps_done} of {summary.steps}")
        + (f" ({summary.filled_share:.0%} filled)" if summary.filled_share else ""),
        format_estimate(summary.convergence_payoff),
        format_estimate(summary.recommended_payoff),
        format_estimate(summary.simple_regret),
        format_estimate(summary.score),
        format_estimate(summary.anytime_score),
        f"{summary.training_timesteps:,}",
        f"{summary.validation_timesteps:,}",
        f"{summary.seconds:,.1f}",
        ", ".join(f"{value:,.6g} {name}" for name, value in summary.costs.items()) or "-",
    ]


def _targets(summaries: Sequence[Summary]) -> str:
    """A row a run and target: success share, expected running time, restricted mean."""
    rows = [
        [
            *((summary.environment, summary.protocol, summary.principal) if len(summaries) > 1 else ()),
            f"{target.share:.0%}: {target.payoff:.4g}",
            f"{target.success_share:.0%}",
            "-" if target.expected_running_time is None else f"{target.expected_running_time:,.0f}",
            format_estimate(target.restricted_mean, ",.0f"),
        ]
        for summary in summaries
        for target in summary.targets
        if summary.steps_done >= TRAILING_STEPS
    ]
    short = any(summary.targets and summary.steps_done < TRAILING_STEPS for summary in summaries)
    note = (
        f"A target is reached by a mean of {TRAILING_STEPS} steps: shorter runs cannot reach any." if short else ""
    )
    if not rows:
        return note
    names = ["environment", "protocol", "principal"] if len(summaries) > 1 else []
    headers = [*names, "target payoff", "reached by", "expected running time", "restricted mean"]
    table: str = tabulate(rows, headers, disable_numparse=True, colalign=["left"] * len(names) + ["right"] * 4)
    return "\n\n".join(filter(None, [table, note]))


def format_estimate(estimate: Estimate | None, style: str = ".4g") -> str:
    """``mean [low, high]``; a hyphen where there is none."""
    if estimate is None:
        return "-"
    interval = "" if estimate.low is None else f" [{estimate.low:{style}}, {estimate.high:{style}}]"
    return f"{estimate.mean:{style}}{interval}"
