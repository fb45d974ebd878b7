"""How far other seeds give the same tables, and how many pairs of principals a table tells apart.

From the project's root, with folders that hold runs of other seeds: python tests/analysis/agreement.py FOLDER...
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau
from tabulate import tabulate

import policybench
from policybench.analysis.ranking import rank
from policybench.leaderboard.folder import read_folder

Table = dict[str, NDArray[np.float64]]
"""The payoffs, [n_seeds], that a principal is ranked by."""

NO_SEARCHERS = ("fixed", "free-market", "us-federal", "saez", "ai-economist", "metagrad")
"""Principals that set one action, apply a formula or follow a gradient; all others search the space of actions."""


def published(root: Path, protocol: str = "quick") -> dict[str, Table]:
    """The tables of a folder of leaderboards, one per environment."""
    tables: dict[str, Table] = defaultdict(dict)
    for entry in read_folder(root).entries:
        manifest = entry.submission.manifest
        if manifest.protocol.label == protocol and entry.scores.ranking:
            payoffs = np.array(entry.scores.ranking.payoffs)
            tables[manifest.environment.variant][manifest.principal.variant] = payoffs
    return tables


def repeated(folder: Path) -> dict[str, Table]:
    """The tables of finished runs, or parts of runs, in a folder."""
    tables: dict[str, Table] = defaultdict(dict)
    for run in policybench.load(folder):
        measured = run.summary().scores.ranking
        if run.finished and measured:
            manifest = run.manifest
            tables[manifest.environment.variant][manifest.principal.variant] = np.array(measured.payoffs)
    return tables


def separated(table: Table) -> tuple[int, int]:
    """Pairs of searchers of which one beats the other (paired t, Holm over their pairs, 5%), and all pairs."""
    scores = _searchers(table)
    return int(rank(np.array(scores)).beats.sum()), len(scores) * (len(scores) - 1) // 2


def _searchers(table: Table) -> list[NDArray[np.float64]]:
    return [payoffs for name, payoffs in table.items() if not name.startswith(NO_SEARCHERS)]


def tau(one: Table, other: Table) -> float:
    """Kendall's tau between the orders that two tables give the principals of both."""
    common = sorted(one.keys() & other.keys())
    return float(kendalltau(*([table[name].mean() for name in common] for table in (one, other))).statistic)


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--leaderboards", default="leaderboards", type=click.Path(exists=True, path_type=Path))
def main(folders: tuple[Path, ...], leaderboards: Path) -> None:
    """Hold the published `quick` tables against runs with other seeds, in FOLDERS."""
    others = [repeated(folder) for folder in folders]
    rows = []
    for name, table in sorted(published(leaderboards).items()):
        if len(_searchers(table)) < 2:
            continue
        told, pairs = separated(table)
        agreement = [tau(table, other[name]) if len(other.get(name, {})) > 1 else None for other in others]
        rows.append([name, len(table), f"{told} of {pairs}", *agreement])
    taus = [f"tau with {folder.name}" for folder in folders]
    print(
        tabulate(rows, ["environment", "rows", "pairs of searchers told apart", *taus], "github", floatfmt=".2f")
    )


if __name__ == "__main__":
    main()
