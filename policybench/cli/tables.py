"""Results as people and programs read them. Tables fit 80 columns unless everything is asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from tabulate import tabulate

from policybench.analysis.comparison import Comparison
from policybench.analysis.formats import costs_text, estimate_text
from policybench.analysis.metrics import TRAILING_STEPS
from policybench.analysis.ordering import best_first, grouped
from policybench.analysis.ranking import FEWEST_SEEDS
from policybench.analysis.scores import Measure
from policybench.analysis.summary import Summary
from policybench.cli.layout import NO_BREAK, folded, narrow

_LONG = 16

_MEASURES = {
    "sample_efficiency_10": "first 10 steps",
    "sample_efficiency_100": "first 100 steps",
    "sample_efficiency": "sample efficiency",
    "convergence": "convergence",
    "recommended": "recommended action",
}

SHORT = {"sample_efficiency": "sample efficiency", "convergence": "convergence", "recommended": "recommended"}
"""What a table shows that has no room for everything."""

_NOTE = (
    "Mean [95% interval] over seeds, in scores: 0 is what random actions pay, 1 the best known action. Left out: "
    "payoffs, early steps, targets, timesteps, seconds and costs; --wide shows them."
)

UNSCORED = "* A payoff: the environment's floor and ceiling were never measured."


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
        if (found := measure(summary, name)) is not None
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
    """A table an environment and protocol, a row a run, best first, in 80 columns; a line says what is missing."""
    parts = []
    for group in grouped(summaries):
        rows = [
            [named(summary), *(short(measure(summary, name)).replace(" ", NO_BREAK) for name in SHORT)]
            for summary in group
        ]
        parts.append(f"{heading(group)}\n\n{narrow(['principal', *SHORT.values()], rows)}")
    unscored = any(scored is None for scored in map(_score, summaries))
    return "\n\n".join([*parts, folded(f"{_NOTE} {UNSCORED}" if unscored else _NOTE)])


def heading(group: Sequence[Summary]) -> str:
    """``harvest, protocol quick: 10 seeds, 100 steps``."""
    first = group[0]
    seeds, steps = len(first.seeds), first.steps
    return (
        f"{first.environment}, protocol {first.protocol}: {seeds} seed{'s' * (seeds > 1)}, "
        f"{steps:,} step{'s' * (steps > 1)}"
    )


def named(summary: Summary) -> str:
    """The principal, with what a reader must know: that it is no plugin; unfinished, filled, failed steps."""
    remarks = [] if summary.finished else [f"{summary.steps_done} of {summary.steps} steps"]
    remarks += [*(["external"] if summary.external else []), *_shares(summary)]
    return summary.principal + (f" ({', '.join(remarks)})" if remarks else "")


def short(found: Measure | None) -> str:
    """A measure in few characters: scores with two decimals; payoffs, where there are no scores, with a star."""
    if found is None:
        return "-"
    style, mark = (".4g", "*") if found.score is None else ("z.2f", "")
    estimate = found.estimate
    if estimate.low is None or estimate.high is None:
        return f"{estimate.mean:{style}}{mark} ({'1 seed' if estimate.seeds == 1 else 'no spread'})"
    return f"{estimate.mean:{style}} [{estimate.low:{style}}, {estimate.high:{style}}]{mark}"


def as_wide_tables(summaries: Sequence[Summary]) -> str:
    """One row per run with everything, as wide as it gets, and another table of how fast targets were reached."""
    headers = ["environment", "protocol", "principal", "seeds", "steps"]
    for text in _MEASURES.values():
        headers += [text, f"{text}: payoff"]
    headers += ["training timesteps", "validation timesteps", "seconds", "cost"]
    summaries, rows = best_first(summaries), []
    for summary in summaries:
        row = [summary.environment, summary.protocol, summary.principal, str(len(summary.seeds)), _steps(summary)]
        for name in _MEASURES:
            found = measure(summary, name)
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
            _tight(estimate_text(found.one, ".3g")),
            _tight(estimate_text(found.other, ".3g")),
            _tight(estimate_text(found.difference, ".3g")),
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


def measure(summary: Summary, name: str) -> Measure | None:
    """A measure by its name in ``Scores``."""
    found: Measure | None = getattr(summary.scores, name)
    return found


def _tight(text: str) -> str:
    """An estimate that ends a line before its interval, if anywhere."""
    mean, bracket, interval = text.partition(" [")
    return mean + bracket + interval.replace(" ", NO_BREAK)


def _score(summary: Summary) -> bool | None:
    """Whether its measures are scores; None if they are payoffs, and if there are none yet."""
    found = measure(summary, "sample_efficiency")
    return None if found is not None and found.score is None else True


def _shares(summary: Summary) -> list[str]:
    parts = {"filled": summary.filled_share, "failed": summary.failed_share}
    return [f"{share:.0%} {name}" for name, share in parts.items() if share]


def _steps(summary: Summary) -> str:
    done = str(summary.steps) if summary.finished else f"{summary.steps_done} of {summary.steps}"
    shown = ", ".join(_shares(summary))
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
    headers = [*names, "target", "target's payoff", "reached by", "ERT (steps)", "restricted mean (steps)"]
    if not several:
        return "\n\n".join(filter(None, [narrow(headers, rows), note]))
    table: str = tabulate(rows, headers, disable_numparse=True, colalign=["left"] * 3 + ["right"] * 5)
    return "\n\n".join(filter(None, [table, note]))
