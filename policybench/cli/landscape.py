"""``policybench landscape``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from policybench.cli.interruptions import resumable

if TYPE_CHECKING:
    from policybench.landscape import Landscape

_BEST = 8


@click.command("landscape")
@click.option("--env", "environment", required=True, help="The environment to measure.")
@click.option("-e", "options", multiple=True, metavar="NAME=VALUE", help="An option of the environment.")
@click.option(
    "--levels", type=click.IntRange(2, 1000), help="A grid of so many levels an action dimension; 5 unless told."
)
@click.option("--random", "random", type=click.IntRange(2, 100_000), help="So many random actions, not a grid.")
@click.option("--seeds", type=click.IntRange(2, 1000), default=3, show_default=True, help="Seeds an action.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Threads to use; all cores unless told.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("landscapes"),
    show_default=True,
    help="Where landscapes go.",
)
@click.option("--fresh", is_flag=True, help="Start over.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def landscape_command(
    environment: str,
    options: tuple[str, ...],
    levels: int | None,
    random: int | None,
    seeds: int,
    workers: int | None,
    out: Path,
    fresh: bool,
    quiet: bool,
) -> None:
    """Measure what many actions pay, a grid of them or random ones.

    All actions meet the same luck. The same command again continues, or shows what was measured.
    """
    import logging

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from policybench.errors import InputError
    from policybench.landscape import Design, load_landscape, measure
    from policybench.options import parse_options
    from policybench.plugins import registry
    from policybench.threads import usable_cores

    if levels is not None and random is not None:
        raise InputError(f"--levels {levels} and --random {random}: give one of the two")
    plugin = registry().environment(environment)
    values = parse_options(f"environment {environment}", "-e", options, plugin.spec.options)
    console = Console(stderr=True, quiet=quiet)
    if quiet:
        logging.getLogger("policybench").setLevel(logging.WARNING)
    with (
        resumable(),
        Progress(
            BarColumn(), MofNCompleteColumn(), "actions,", TimeRemainingColumn(), "left", console=console
        ) as bar,
    ):
        task = bar.add_task("", total=None)
        path = measure(
            plugin,
            values,
            Design(None if random else levels or 5, random, seeds),
            out,
            workers=workers or usable_cores(),
            fresh=fresh,
            begin=lambda done, total: bar.update(task, completed=done, total=total),
            tick=lambda: bar.advance(task),
        )
    click.echo(_table(load_landscape(path)))
    click.echo(f"\nKept in {path}. Next: policybench plot {path} -o landscape.png")


def _table(landscape: Landscape) -> str:
    import numpy as np
    from tabulate import tabulate

    from policybench.analysis.statistics import signal_to_noise

    parts = []
    for context, payoffs in landscape.payoffs.items():
        means, spread = landscape.means(context), payoffs.std(axis=1, ddof=1)
        rows = [
            [", ".join(f"{value:.4g}" for value in landscape.actions[i]), f"{means[i]:.4g}", f"{spread[i]:.2g}"]
            for i in landscape.ranked(context)[:_BEST]
        ]
        table = tabulate(rows, ["best actions", "mean payoff", "sd over seeds"], disable_numparse=True)
        ratio = signal_to_noise(payoffs)
        noise = f"signal-to-noise ratio {ratio:.3g}" if np.isfinite(ratio) else "no noise"
        extent = (
            f"{len(means)} actions: mean {means.mean():.4g}, from {means.min():.4g} to {means.max():.4g}; {noise}"
        )
        parts.append("\n".join([f"Context {context}"] * bool(context) + [table, "", extent]))
    return "\n\n".join(parts)
