"""The table of runs: a row a run, with every measure in scores and in payoffs, targets and costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from policybench.analysis.metrics import TARGETS
from policybench.analysis.ordering import best_first
from policybench.analysis.scores import Measure, Target
from policybench.analysis.statistics import Estimate
from policybench.analysis.summary import Summary, summary_of
from policybench.data.facts import as_json, facts
from policybench.data.schema import RUN, Column, Table
from policybench.store import StoredRun

MEASURES = {
    "sample_efficiency": "mean over all steps",
    "sample_efficiency_10": "mean over the first 10 steps, of longer runs",
    "sample_efficiency_100": "mean over the first 100 steps, of longer runs",
    "convergence": "mean over the last 10% of the steps",
    "recommended": "mean over fresh evaluations of the final recommendation",
}

_ENDS = {"": "", "_low": ", lower end of the 95% interval", "_high": ", upper end"}


def _measures() -> Iterator[Column]:
    for name, meaning in MEASURES.items():
        for unit in ("score", "payoff"):
            for suffix, end in _ENDS.items():
                yield Column(f"{name}_{unit}{suffix}", "number", f"{unit}, {meaning}{end}")


def _targets() -> Iterator[Column]:
    for share in TARGETS:
        name = f"target_{share * 100:.0f}"
        where = f"the target {share:.0%} of the way from floor to ceiling"
        yield Column(f"{name}_reached", "number", f"share of the seeds that reached {where}")
        yield Column(f"{name}_ert", "number", f"expected running time to {where}, in steps; empty if none did")
        for suffix, end in _ENDS.items():
            yield Column(f"{name}_restricted_mean{suffix}", "number", f"restricted mean of steps to {where}{end}")


COLUMNS = (
    *RUN,
    Column("steps_done", "integer", "principal steps that every seed has done"),
    *_measures(),
    *_targets(),
    Column("training_timesteps", "integer", "game steps in which followers learned, all seeds"),
    Column("validation_timesteps", "integer", "game steps in which the principal was scored, all seeds"),
    Column("seconds", "number", "wall-clock time"),
    Column("filled_share", "number", "share of the steps after a search had ended"),
    Column("failed_share", "number", "share of the steps in which the principal had no answer of its own"),
    Column("costs", "json", "sums of what the principal noted: calls, tokens, money"),
)


def result_table(runs: Sequence[StoredRun]) -> Table:
    """A row a run, finished or not, in the order of ``policybench.analysis.ordering``."""
    stored = {str(run.path): run for run in runs}
    rows = [facts(stored[found.run]) | _numbers(found) for found in best_first(map(summary_of, stored.values()))]
    return Table(COLUMNS, {column.name: [row.get(column.name) for row in rows] for column in COLUMNS})


def _numbers(summary: Summary) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in MEASURES:
        found: Measure | None = getattr(summary.scores, name)
        if found is not None:
            row |= _estimate(f"{name}_score", found.score) | _estimate(f"{name}_payoff", found.payoff)
    for target in summary.scores.targets:
        row |= _target(target)
    return row | {
        "steps_done": summary.steps_done,
        "training_timesteps": summary.training_timesteps,
        "validation_timesteps": summary.validation_timesteps,
        "seconds": summary.seconds,
        "filled_share": summary.filled_share,
        "failed_share": summary.failed_share,
        "costs": as_json(summary.costs),
    }


def _target(target: Target) -> dict[str, Any]:
    name = f"target_{target.share * 100:.0f}"
    return {
        f"{name}_reached": target.success_share,
        f"{name}_ert": target.expected_running_time,
        **_estimate(f"{name}_restricted_mean", target.restricted_mean),
    }


def _estimate(name: str, estimate: Estimate | None) -> dict[str, float | None]:
    if estimate is None:
        return {}
    return {name: estimate.mean, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
