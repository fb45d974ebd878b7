"""``policybench merge``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("merge")
@click.argument("parts", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True, help="Where the run goes."
)
@click.option("--fresh", is_flag=True, help="Replace a finished run that is there.")
def merge_command(parts: tuple[Path, ...], out: Path, fresh: bool) -> None:
    """Join the parts of a run, which "policybench run --part N/M" made, into the whole run.

    PARTS are the folders of the parts, or folders that hold them. The parts are kept.
    """
    from policybench.store.merging import merge

    path = merge(parts, out, fresh=fresh)
    click.echo(f"Files:    {path}")
    click.echo(f"Compare:  policybench results {out}")
