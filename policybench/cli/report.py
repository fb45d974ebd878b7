"""``policybench report``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("report")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "output", required=True, type=click.Path(path_type=Path), help="Folder for the pages.")
@click.option("--no-episodes", is_flag=True, help="Draw no episodes, which takes a while.")
def report_command(runs: tuple[Path, ...], output: Path, no_episodes: bool) -> None:
    """Make static pages about runs, to open from disk.

    RUNS are folders of runs, or folders that hold some; and submissions. An earlier report in the folder is
    replaced.
    """
    from policybench.report.build import build

    page = build(runs, output, episodes=not no_episodes, log=lambda line: click.echo(line, err=True))
    click.echo(f"Open {page}")
