"""``policybench compare``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("compare")
@click.argument("one", type=click.Path(path_type=Path))
@click.argument("other", type=click.Path(path_type=Path))
@click.option("--json", "json_output", is_flag=True, help="Print JSON.")
def compare_command(one: Path, other: Path, json_output: bool) -> None:
    """Compare two finished runs of one environment.

    ONE and OTHER are folders of runs, folders that hold one run each, or submissions to the leaderboards.

    Differences are paired where seeds are shared: the two then met the same luck.
    """
    import json
    from dataclasses import asdict

    from policybench.analysis.comparison import compare
    from policybench.cli.tables import as_comparison
    from policybench.leaderboard.unpacking import one_run

    comparison = compare(one_run(one), one_run(other))
    click.echo(json.dumps(asdict(comparison), indent=2) if json_output else as_comparison(comparison))
