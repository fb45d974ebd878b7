"""``policybench results``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("results")
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--wide", is_flag=True, help="Show every column, in lines as long as they get.")
@click.option("--json", "json_output", is_flag=True, help="Print JSON, with every seed's numbers.")
def results_command(runs: tuple[Path, ...], wide: bool, json_output: bool) -> None:
    """Show the results of runs.

    RUNS are folders of runs, or folders that hold some; the folder runs unless told. A damaged run is named, and
    the others are shown.
    """
    from policybench.analysis.summary import summarise
    from policybench.cli.tables import as_json, as_table, as_wide_tables
    from policybench.errors import InputError
    from policybench.store import find_runs

    paths: dict[Path, None] = {}
    for root in runs or (Path("runs"),):
        found = find_runs(root)
        if not found:
            raise InputError(f"{root}: no runs here; make one with: policybench run --principal ucb --env harvest")
        paths |= dict.fromkeys(found)
    summaries, faults = [], []
    for path in paths:
        try:
            summaries.append(summarise(path))
        except InputError as fault:
            faults.append(str(fault))
    if not summaries:
        raise InputError(faults[0])
    for reason in faults:
        click.echo(f"policybench: left out: {reason}", err=True)
    show = as_json if json_output else as_wide_tables if wide else as_table
    click.echo(show(summaries))
