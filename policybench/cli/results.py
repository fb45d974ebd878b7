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
    from policybench.analysis.summary import summary_of
    from policybench.cli.tables import as_json, as_table, as_wide_tables
    from policybench.store import load_runs

    stored = load_runs(runs or (Path("runs"),), lambda line: click.echo(f"policybench: {line}", err=True))
    summaries = [summary_of(run) for run in stored]
    show = as_json if json_output else as_wide_tables if wide else as_table
    click.echo(show(summaries))
