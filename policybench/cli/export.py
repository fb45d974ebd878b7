"""``policybench export``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("export")
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-o", "output", required=True, type=click.Path(path_type=Path, dir_okay=False), help=".csv or .parquet"
)
@click.option("--final", is_flag=True, help="The final evaluations of the recommendations, instead of the steps.")
def export_command(runs: tuple[Path, ...], output: Path, final: bool) -> None:
    """Write the steps of runs as one table, for other programs.

    RUNS are folders of runs, or folders that hold some, the folder runs unless told; and submissions. The file of
    a suite, COMPARISON.toml, stands for its runs. A row is one step of one seed, with all that its run was made
    with; docs/data.md explains the columns. A damaged run is named and left out.
    """
    from policybench.cli.reading import stored_runs
    from policybench.data.steps import final_table, step_table
    from policybench.data.writing import check_suffix, write

    check_suffix(output)
    stored = stored_runs(runs or (Path("runs"),))
    tables = [final_table(run) if final else step_table(run) for run in stored]
    write(output, tables)
    click.echo(f"{output}  ({sum(map(len, tables)):,} rows of {len(tables)} run{'s' * (len(tables) != 1)})")
