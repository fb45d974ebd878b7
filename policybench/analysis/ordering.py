"""The order of runs in tables: by environment and protocol, and among these the best first."""

from __future__ import annotations

from collections.abc import Iterable

from policybench.analysis.summary import Summary


def grouped(summaries: Iterable[Summary]) -> list[list[Summary]]:
    """Runs that a table may hold side by side, those of one environment and protocol, the best first."""
    groups: dict[tuple[str, str], list[Summary]] = {}
    for summary in summaries:
        groups.setdefault((summary.environment, summary.protocol), []).append(summary)
    return [sorted(group, key=standing) for group in groups.values()]


def best_first(summaries: Iterable[Summary]) -> list[Summary]:
    """The same runs in one list."""
    return [summary for group in grouped(summaries) for summary in group]


def standing(summary: Summary) -> tuple[bool, float]:
    """A sorting key: by the measure that ranks runs, in payoffs if there are no scores; unfinished last."""
    found = summary.scores.ranking
    return not summary.finished, -found.estimate.mean if found else float("inf")
