"""The runs that a command is given: in folders, in submissions, or named by the file of a suite."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from policybench.plots.wanted import Missing, Panel, Wanted
    from policybench.store import StoredRun


def stored_runs(roots: Sequence[Path]) -> list[StoredRun]:
    """The runs, each once; what is left out is said on standard error.

    Args:
        roots: folders of runs, folders that hold some, submissions, or folders that hold some of these, and TOML
            files of suites, whose runs bear their labels.

    Raises:
        InputError: a file is wrong, or there is no run below one of the folders.
    """
    from policybench.leaderboard.unpacking import runs_and_submissions

    files = [root for root in roots if _is_comparison(root)]
    others = [root for root in roots if root not in files]
    found = runs_and_submissions(others, _say)
    if files:
        from policybench.suite.named import load_comparison  # takes long, and is seldom needed

        found += [run for file in files for run in load_comparison(file, _say)[0]]
    return list({run.path.resolve(): run for run in found}.values())


def drawn_runs(
    roots: Sequence[Path], places: Sequence[Path], protocol: str | None
) -> tuple[list[StoredRun], Wanted]:
    """What a figure is made of: runs, each once, and what else the files of suites want to see.

    Args:
        roots: as of ``stored_runs``, and submissions, or folders that hold some.
        places: folders of runs, and submissions, in which the runs of files of suites are looked for as well.
        protocol: whose runs of the files of suites are drawn, instead of that of the file.

    Raises:
        InputError: a file is wrong, there is nothing below one of the folders, or ``places`` and ``protocol`` are
            given without the file of a suite.
    """
    from policybench.errors import InputError
    from policybench.leaderboard.unpacking import runs_and_submissions
    from policybench.plots.wanted import Wanted

    files = [root for root in roots if _is_comparison(root)]
    for flag, value in (("--from", places[0] if places else None), ("--protocol", protocol)):
        if value is not None and not files:
            raise InputError(f"{flag} {value}: is for the file of a suite, COMPARISON.toml; name one")
    found = runs_and_submissions([root for root in roots if root not in files], _say)
    panels: list[Panel] = []
    missing: list[Missing] = []
    if files:
        from policybench.suite.named import Sources, load_comparison

        sources = Sources(partial(runs_and_submissions, places, _say), protocol or "")
        for file in files:
            runs, wanted = load_comparison(file, _say, sources)
            found += runs
            panels += wanted.panels
            missing += wanted.missing
    distinct = {run.path.resolve(): run for run in found}
    return list(distinct.values()), Wanted(tuple(dict.fromkeys(panels)), tuple(missing))


def _is_comparison(root: Path) -> bool:
    return root.suffix == ".toml" and not root.is_dir()


def _say(line: str) -> None:
    click.echo(f"policybench: {line}", err=True)
