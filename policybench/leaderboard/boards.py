"""Who stands where: one table per environment, and one over environments.

Ranks follow from the rows of the submissions: a row's rank is one more than the number of rows that beat it
(``policybench.analysis.ranking``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from policybench.analysis.aggregates import Aggregates, aggregates
from policybench.analysis.ranking import rank
from policybench.analysis.scores import Measure
from policybench.analysis.statistics import Estimate, mean_with_interval
from policybench.arrays import Floats
from policybench.leaderboard.folder import Entry
from policybench.plugins import registry

_ORDER = ("paper", "quick", "smoke")
_COMMON = 0.5


@dataclass(frozen=True)
class RankedRow:
    """A row of an environment's table.

    Attributes:
        rank: None where seeds are too few, the environment is not installed, or the platform is unverified.
        entry: its submission.
        principal: its name, with the options that differ from their defaults, and with its distribution where
            another one brings a principal of the same name.
    """

    rank: int | None
    entry: Entry
    principal: str


@dataclass(frozen=True)
class Board:
    """The table of one environment under one protocol, best first."""

    environment: str
    protocol: str
    steps: int
    rows: list[RankedRow]

    @property
    def scored(self) -> bool:
        """Whether it counts in the overall table.

        It has floor and ceiling, no option is changed, and the environment does not say why it should not count.
        """
        entry = self.rows[0].entry
        changed = entry.submission.manifest.environment.changed
        scored = entry.ranked and measure(entry).scores is not None
        return scored and not changed and not self.why_not_overall

    @property
    def why_not_overall(self) -> str:
        """Why the environment is to be left out of the overall table, as its spec says; empty if it is not."""
        plugin = registry().environments.get(self.rows[0].entry.submission.manifest.environment.name)
        return plugin.spec.why_not_overall if plugin else ""


@dataclass(frozen=True)
class OverallRow:
    """A principal's scores over all environments of a protocol.

    Attributes:
        rank: one more than the number of rows that beat it; None where seeds are too few.
        principal: its name, with the options that differ from their defaults.
        score: mean over environments, for each seed, and over seeds.
        aggregates: the same scores in the ways of Agarwal et al. (2021).
    """

    rank: int | None
    principal: str
    score: Estimate
    aggregates: Aggregates


@dataclass(frozen=True)
class Overall:
    """The table over the environments of a protocol, of the principals that cover them all.

    Attributes:
        protocol: its name.
        environments: that it covers.
        left_out: environments that it leaves out because their specs say so, with the reasons.
        rows: best first.
    """

    protocol: str
    environments: list[str]
    left_out: dict[str, str]
    rows: list[OverallRow]


def boards(entries: Iterable[Entry]) -> list[Board]:
    """One table an environment and protocol, ordered by protocol, then environment."""
    entries = list(entries)
    names = _names(entries)
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        manifest = entry.submission.manifest
        groups[manifest.protocol.label, manifest.environment.variant].append(entry)
    return [
        Board(environment, protocol, group[0].submission.manifest.protocol.steps, _rank_entries(group, names))
        for (protocol, environment), group in sorted(groups.items(), key=lambda item: _order(*item[0]))
    ]


def overall(found: Sequence[Board]) -> list[Overall]:
    """One table a protocol that has at least two scored environments.

    Its environments are those in which at least half of the protocol's principals have a row: who adds an
    environment empties no table.
    """
    tables = []
    for protocol in dict.fromkeys(board.protocol for board in found):
        scores: dict[str, dict[str, Floats]] = defaultdict(dict)
        for board in found:
            if board.protocol == protocol and board.scored:
                for row in board.rows:
                    if row.entry.ranked:
                        scores[row.principal][board.environment] = measure(row.entry).values
        covered = [board.environment for board in found if board.protocol == protocol and board.scored]
        shares = {name: np.mean([name in parts for parts in scores.values()]) for name in covered}
        common = [name for name, share in shares.items() if share >= _COMMON]
        whole = {
            principal: np.array([parts[name] for name in common])
            for principal, parts in scores.items()
            if set(common) <= parts.keys()
        }
        if len(common) >= 2 and whole:
            left_out = {
                board.environment: board.why_not_overall
                for board in found
                if board.protocol == protocol and board.why_not_overall
            }
            tables.append(Overall(protocol, common, left_out, _rank_overall(whole)))
    return tables


def measure(entry: Entry) -> Measure:
    """What tables are ordered by."""
    found = entry.scores.ranking
    assert found is not None, "a submission has at least one step"
    return found


def _rank_entries(entries: Sequence[Entry], names: Mapping[Path, str]) -> list[RankedRow]:
    """The rows in order; those that are not ranked stand below the others."""
    rows: list[RankedRow] = []
    for ranked in (True, False):
        part = sorted((entry for entry in entries if entry.ranked == ranked), key=lambda entry: names[entry.path])
        if part:
            found = rank(np.array([measure(entry).values for entry in part]))
            ranks = found.ranks if ranked else [None] * len(part)
            rows += [
                RankedRow(place, part[i], names[part[i].path]) for place, i in zip(ranks, found.order, strict=True)
            ]
    return rows


def _names(entries: Iterable[Entry]) -> dict[Path, str]:
    """What each row's principal is called, by its file: names that several distributions use show theirs."""
    principals = {entry.path: entry.submission.manifest.principal for entry in entries}
    authors: dict[str, set[str]] = defaultdict(set)
    for principal in principals.values():
        authors[principal.name].add(principal.distribution)
    return {
        path: f"{found.variant} ({found.distribution})" if len(authors[found.name]) > 1 else found.variant
        for path, found in principals.items()
    }


def _rank_overall(scores: dict[str, Floats]) -> list[OverallRow]:
    """Scores are [n_environments, n_seeds]."""
    names = sorted(scores)
    means = np.array([scores[name].mean(axis=0) for name in names])
    found = rank(means)
    return [
        OverallRow(place, names[i], mean_with_interval(means[i]), aggregates(list(scores[names[i]])))
        for place, i in zip(found.ranks, found.order, strict=True)
    ]


def _order(protocol: str, environment: str) -> tuple[int, str, str]:
    return (_ORDER.index(protocol) if protocol in _ORDER else len(_ORDER), protocol, environment)
