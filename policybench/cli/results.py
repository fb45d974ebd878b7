"""``policybench results``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from policybench.store import StoredRun

FORMATS = ("table", "csv", "json", "latex", "markdown", "parquet")

_ENDINGS = {".csv": "csv", ".json": "json", ".md": "markdown", ".parquet": "parquet", ".tex": "latex"}


@click.command("results")
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--wide", is_flag=True, help="Show every column, in lines as long as they get.")
@click.option(
    "--format",
    "style",
    type=click.Choice(FORMATS),
    help="csv, parquet: every number, a row a run; json: every seed's; latex, markdown: for papers and pages. By "
    "default what the name of -o ends in, or a table.",
)
@click.option("--json", "json_output", is_flag=True, help="The same as --format json.")
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
def results_command(
    runs: tuple[Path, ...], wide: bool, style: str | None, json_output: bool, output: Path | None
) -> None:
    """Show the results of runs.

    RUNS are folders of runs, or folders that hold some, the folder runs unless told; and submissions. The file of
    a suite, COMPARISON.toml, stands for its runs, with their labels. A damaged run is named, and the others are
    shown. The best stand first, unfinished runs last. docs/data.md explains the columns of csv and parquet.
    """
    from policybench.cli.reading import stored_runs
    from policybench.errors import InputError

    style = (
        "json" if json_output else style or (_ENDINGS.get(output.suffix.lower(), "table") if output else "table")
    )
    if wide and style != "table":
        raise InputError(f"--wide --format {style}: only a table may be wide; csv has every number")
    if style == "parquet":
        _check_parquet(output)
    stored = stored_runs(runs or (Path("runs"),))
    if style == "parquet" and output is not None:
        from policybench.data.results import result_table
        from policybench.data.writing import write

        write(output, [result_table(stored)])
    else:
        text = _text(stored, style, wide)
        if output is None:
            click.echo(text)
            return
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(f"{text}\n", encoding="utf-8", newline="")
    click.echo(f"{output}")


def _check_parquet(output: Path | None) -> None:
    from policybench.data.writing import check_suffix
    from policybench.errors import InputError

    if output is None or output.suffix.lower() != ".parquet":
        raise InputError(f"--format parquet: takes a file too, -o results.parquet; got {output or 'none'}")
    check_suffix(output)


def _text(stored: Sequence[StoredRun], style: str, wide: bool) -> str:
    from policybench.analysis.ordering import best_first
    from policybench.analysis.summary import summary_of
    from policybench.cli.paper_tables import as_latex, as_markdown
    from policybench.cli.tables import as_json, as_table, as_wide_tables

    if style == "csv":
        from policybench.data.results import result_table
        from policybench.data.writing import csv_text

        return csv_text([result_table(stored)])
    summaries = [summary_of(run) for run in stored]
    if style == "json":
        return as_json(best_first(summaries))
    if style == "table":
        return as_wide_tables(summaries) if wide else as_table(summaries)
    return {"latex": as_latex, "markdown": as_markdown}[style](summaries)
