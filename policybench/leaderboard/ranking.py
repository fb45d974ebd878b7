"""Who stands where: ranks that are shared where intervals overlap, within a table and over environments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from policybench.analysis.comparison import FEWEST_SEEDS
from policybench.analysis.statistics import Aggregates, aggregates
from policybench.leaderboard.folder import Entry

Item = TypeVar("Item")

_ORDER = ("paper", "quick", "smoke")


@dataclass(frozen=True)
class RankedRow:
    """A row of an environment's table; no rank where too few seeds allow no claim."""

    rank: int | None
    entry: Entry


@dataclass(frozen=True)
class Board:
    """The table of one environment under one protocol, best first."""

    environment: str
    protocol: str
    rows: list[RankedRow]


@dataclass(frozen=True)
class OverallRow:
    """A principal's normalised scores over all environments of a protocol."""

    rank: int | None
    principal: str
    seeds: int
    aggregates: Aggregates


@dataclass(frozen=True)
class Overall:
    """The table over all environments of a protocol, of the principals that cover them all."""

    protocol: str
    environments: list[str]
    rows: list[OverallRow]


def boards(entries: Iterable[Entry]) -> list[Board]:
    """One table an environment and protocol, ordered by protocol, then environment."""
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        manifest = entry.submission.manifest
        groups[manifest.protocol.label, manifest.environment.variant].append(entry)
    return [
        Board(environment, protocol, _rank_entries(group))
        for (protocol, environment), group in sorted(groups.items(), key=lambda item: _order(*item[0]))
    ]


def overall(found: Sequence[Board]) -> list[Overall]:
    """One table a protocol that has at least two environments with references."""
    tables = []
    for protocol in dict.fromkeys(board.protocol for board in found):
        scores: dict[str, dict[str, list[float]]] = defaultdict(dict)
        environments = []
        for board in found:
            if board.protocol != protocol or board.rows[0].entry.submission.metrics.score is None:
                continue
            environments.append(board.environment)
            for row in board.rows:
                submission = row.entry.submission
                values = [seed.score for seed in submission.metrics.per_seed if seed.score is not None]
                scores[submission.manifest.principal.variant][board.environment] = values
        whole = {name: list(parts.values()) for name, parts in scores.items() if len(parts) == len(environments)}
        if len(environments) >= 2 and whole:
            tables.append(Overall(protocol, environments, _rank_overall(whole)))
    return tables


def shared_ranks(intervals: Sequence[tuple[float, float] | None]) -> list[int | None]:
    """One more than the number of rows whose interval lies wholly above, but no better than that of a row above.

    So a wide interval earns nothing. Rows without an interval have no rank.

    Args:
        intervals: of the rows, the best value first.

    >>> shared_ranks([(5, 6), (4, 5.5), (3, 3.5), (1, 7), None])
    [1, 1, 3, 3, None]
    """
    ranks: list[int | None] = []
    worst = 1
    for own in intervals:
        if own is None:
            ranks.append(None)
            continue
        worst = max(worst, 1 + sum(other is not None and other[0] > own[1] for other in intervals))
        ranks.append(worst)
    return ranks


def _rank_entries(entries: Sequence[Entry]) -> list[RankedRow]:
    def interval(entry: Entry) -> tuple[float, float] | None:
        found, seeds = entry.submission.metrics.recommended_payoff, entry.submission.manifest.protocol.seeds
        if len(seeds) < FEWEST_SEEDS or found.low is None or found.high is None:
            return None
        return found.low, found.high

    ordered = _best_first(
        entries,
        interval,
        lambda entry: entry.submission.metrics.recommended_payoff.mean,
        lambda entry: entry.submission.manifest.principal.variant,
    )
    ranks = shared_ranks([interval(entry) for entry in ordered])
    return [RankedRow(rank, entry) for rank, entry in zip(ranks, ordered, strict=True)]


def _rank_overall(scores: dict[str, list[list[float]]]) -> list[OverallRow]:
    found = {name: aggregates([np.array(values) for values in parts]) for name, parts in scores.items()}

    def interval(name: str) -> tuple[float, float] | None:
        middle = found[name].interquartile_mean
        if min(map(len, scores[name])) < FEWEST_SEEDS or middle.low is None or middle.high is None:
            return None
        return middle.low, middle.high

    ordered = _best_first(found, interval, lambda name: found[name].interquartile_mean.mean, str)
    ranks = shared_ranks([interval(name) for name in ordered])
    return [
        OverallRow(rank, name, min(map(len, scores[name])), found[name])
        for rank, name in zip(ranks, ordered, strict=True)
    ]


def _best_first(
    rows: Iterable[Item],
    interval: Callable[[Item], tuple[float, float] | None],
    value: Callable[[Item], float],
    name: Callable[[Item], str],
) -> list[Item]:
    """The rows, those without an interval last."""
    return sorted(rows, key=lambda row: (interval(row) is None, -value(row), name(row)))


def _order(protocol: str, environment: str) -> tuple[int, str, str]:
    return (_ORDER.index(protocol) if protocol in _ORDER else len(_ORDER), protocol, environment)
