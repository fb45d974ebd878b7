"""``policybench results``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("results")
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "json_output", is_flag=True, help="Print JSON, with every seed's numbers.")
def results_command(runs: tuple[Path, ...], json_output: bool) -> None:
    """Show the results of runs.

    RUNS are folders of runs, or folders that hold some; the folder runs unless told.
    """
    from policybench.analysis.summary import summarise
    from policybench.cli.tables import as_json, as_tables
    from policybench.errors import InputError
    from policybench.store import find_runs

    paths = []
    for root in runs or (Path("runs"),):
        found = find_runs(root)
        if not found:
            raise InputError(f"{root}: no runs here; make one with: policybench run --principal ucb --env harvest")
        paths += [path for path in found if path not in paths]
    summaries = [summarise(path) for path in paths]
    click.echo(as_json(summaries) if json_output else as_tables(summaries))
