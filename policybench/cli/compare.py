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

    Differences are paired where seeds are shared: the two then met the same luck.
    """
    import json
    from dataclasses import asdict

    from tabulate import tabulate

    from policybench.analysis.comparison import compare
    from policybench.cli.tables import format_estimate

    comparison = compare(one, other)
    if json_output:
        click.echo(json.dumps(asdict(comparison), indent=2))
        return
    rows = [
        [
            difference.metric,
            format_estimate(difference.one),
            format_estimate(difference.other),
            format_estimate(difference.difference),
            f"{difference.probability_of_improvement:.2f}",
        ]
        for difference in comparison.differences
    ]
    paired = f"paired, {len(comparison.shared_seeds)} seeds" if comparison.shared_seeds else "not paired"
    headers = ["", comparison.one, comparison.other, f"difference ({paired})", "P(first is better)"]
    click.echo(tabulate(rows, headers, disable_numparse=True))
    click.echo(f"\n{comparison.conclusion}")
