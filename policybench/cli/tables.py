"""Results as people and programs read them. Tables fit 80 columns unless everything is asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from tabulate import tabulate

from policybench.analysis.comparison import Comparison
from policybench.analysis.formats import costs_text, estimate_text
from policybench.analysis.metrics import TRAILING_STEPS
from policybench.analysis.ranking import FEWEST_SEEDS
from policybench.analysis.scores import Measure
from policybench.analysis.summary import Summary
from policybench.cli.layout import folded, narrow

_LONG = 16

_MEASURES = {
    "sample_efficiency_10": "first 10 steps",
    "sample_efficiency_100": "first 100 steps",
    "sample_efficiency": "sample efficiency",
    "convergence": "convergence",
    "recommended": "recommended action",
}

_NOTE = (
    "Mean [95% interval] over seeds; scores: 0 is what random actions pay, 1 the best known action. "
    "--wide shows payoffs, early steps, targets, timesteps and costs too."
)


_UNSCORED = " * A payoff: the environment's floor and ceiling were never measured."


def as_json(summaries: Sequence[Summary]) -> str:
    """The summaries as a JSON list."""
    return json.dumps([asdict(summary) for summary in summaries], indent=2)


def as_card(summary: Summary) -> str:
    """One summary: what was run, its measures as scores and payoffs, its targets, and what it took."""
    facts = {
        "environment": summary.environment,
        "protocol": summary.protocol,
        "principal": summary.principal,
        "seeds": str(len(summary.seeds)),
        "steps": _steps(summary),
        "timesteps": f"{summary.training_timesteps:,} training, {summary.validation_timesteps:,} validation",
        "seconds": f"{summary.seconds:,.1f}",
        "cost": costs_text(summary.costs),
    }
    measures = [
        [text, estimate_text(found.score, ".3g"), estimate_text(found.payoff)]
        for name, text in _MEASURES.items()
        if (found := _measure(summary, name)) is not None
    ]
    return "\n\n".join(
        filter(
            None,
            [
                narrow(["", ""], facts.items(), header=False),
                narrow(["", "score", "payoff"], measures) if measures else "",
                _targets([summary]),
            ],
        )
    )


def as_table(summaries: Sequence[Summary]) -> str:
    """One row per run, in 80 columns, with a line that says what is left out."""
    rows = [
        [
            summary.environment,
            summary.principal,
            str(len(summary.seeds)),
            _steps(summary),
            *(_short(_measure(summary, name)) for name in ("sample_efficiency", "convergence", "recommended")),
        ]
        for summary in summaries
    ]
    headers = ["environment", "principal", "seeds", "steps", "sample efficiency", "convergence", "recommended"]
    unscored = any("*" in cell for row in rows for cell in row[4:])
    return f"{narrow(headers, rows)}\n\n{folded(_NOTE + (_UNSCORED if unscored else ''))}"


def as_wide_tables(summaries: Sequence[Summary]) -> str:
    """One row per run with everything, as wide as it gets, and another table of how fast targets were reached."""
    headers = ["environment", "protocol", "principal", "seeds", "steps"]
    for text in _MEASURES.values():
        headers += [text, "payoff"]
    headers += ["training timesteps", "validation timesteps", "seconds", "cost"]
    rows = []
    for summary in summaries:
        row = [summary.environment, summary.protocol, summary.principal, str(len(summary.seeds)), _steps(summary)]
        for name in _MEASURES:
            found = _measure(summary, name)
            row += (
                ["-", "-"] if found is None else [estimate_text(found.score, ".3g"), estimate_text(found.payoff)]
            )
        rows.append(
            [
                *row,
                f"{summary.training_timesteps:,}",
                f"{summary.validation_timesteps:,}",
                f"{summary.seconds:,.1f}",
                costs_text(summary.costs),
            ]
        )
    align = ["left"] * 3 + ["right"] * (len(headers) - 3)
    table: str = tabulate(rows, headers, disable_numparse=True, colalign=align)
    return "\n\n".join(filter(None, [table, _targets(summaries)]))


def as_comparison(comparison: Comparison) -> str:
    """The differences of two runs, in 80 columns, and what may be concluded."""
    rows = [
        [
            found.measure,
            estimate_text(found.one, ".3g"),
            estimate_text(found.other, ".3g"),
            estimate_text(found.difference, ".3g"),
            f"{found.probability_of_improvement:.2f}" if found.difference.seeds >= FEWEST_SEEDS else "-",
        ]
        for found in comparison.differences
    ]
    names, legend = [comparison.one, comparison.other], ""
    if max(map(len, names)) > _LONG:
        legend = f"first:  {names[0]}\nsecond: {names[1]}\n\n"
        names = ["first", "second"]
    table = narrow(["", *names, "difference", "P(first is better)"], rows)
    return f"{legend}{table}\n\n{folded(comparison.conclusion)}"


def _measure(summary: Summary, name: str) -> Measure | None:
    found: Measure | None = getattr(summary.scores, name)
    return found


def _short(found: Measure | None) -> str:
    if found is None:
        return "-"
    return estimate_text(found.estimate, ".3g") + ("" if found.score else "*")


def _steps(summary: Summary) -> str:
    done = str(summary.steps) if summary.finished else f"{summary.steps_done} of {summary.steps}"
    parts = {"filled": summary.filled_share, "failed": summary.failed_share}
    shown = ", ".join(f"{share:.0%} {name}" for name, share in parts.items() if share)
    return f"{done} ({shown})" if shown else done


def _targets(summaries: Sequence[Summary]) -> str:
    """One row per run and target: success share, expected running time, restricted mean."""
    several = len(summaries) > 1
    rows = [
        [
            *((summary.environment, summary.protocol, summary.principal) if several else ()),
            f"{target.share:.0%}",
            f"{target.payoff:.4g}",
            f"{target.success_share:.0%}",
            "-" if target.expected_running_time is None else f"{target.expected_running_time:,.0f}",
            estimate_text(target.restricted_mean, ",.0f"),
        ]
        for summary in summaries
        for target in summary.scores.targets
        if summary.steps_done >= TRAILING_STEPS
    ]
    short = any(summary.scores.targets and summary.steps_done < TRAILING_STEPS for summary in summaries)
    note = (
        f"A target is reached by a mean of {TRAILING_STEPS} steps: shorter runs cannot reach any." if short else ""
    )
    if not rows:
        return note
    names = ["environment", "protocol", "principal"] if several else []
    headers = [*names, "target", "payoff", "reached by", "ERT (steps)", "restricted mean (steps)"]
    if not several:
        return "\n\n".join(filter(None, [narrow(headers, rows), note]))
    table: str = tabulate(rows, headers, disable_numparse=True, colalign=["left"] * 3 + ["right"] * 5)
    return "\n\n".join(filter(None, [table, note]))
