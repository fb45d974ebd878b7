"""``policybench plot``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@click.command("plot")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "output", required=True, type=click.Path(path_type=Path, dir_okay=False), help=".png, .svg or .pdf"
)
@click.option(
    "--kind",
    type=click.Choice(["curves", "actions", "ecdf", "profile", "landscape"]),
    help="curves: payoff over principal steps; actions: what was set; ecdf: how soon targets were reached; "
    "profile: how many seeds score how much; landscape: what actions pay. By default curves, or landscape "
    "for a landscape.",
)
@click.option(
    "--x",
    type=click.Choice(["steps", "timesteps"]),
    help="What curves are drawn over: principal steps, the default, or validation timesteps, as in the paper. "
    "Where an episode ends sooner when it goes well, timesteps make a good curve look short.",
)
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True)
def plot_command(runs: tuple[Path, ...], output: Path, kind: str | None, x: str | None, theme: str) -> None:
    """Draw runs.

    RUNS are folders of runs, or folders that hold some, or one landscape, in a folder or a zip file. The file of a
    suite, COMPARISON.toml, stands for its runs, with their labels. A principal has the same colour in every
    figure.
    """
    from policybench.errors import InputError
    from policybench.landscape.records import MANIFEST
    from policybench.plots.canvas import check_format, save

    check_format(output)
    if x is not None and kind not in (None, "curves"):
        raise InputError(f"--x {x}: is for --kind curves; --kind {kind} has one x axis")
    landscapes = [path for path in runs if path.suffix == ".zip" or (path / MANIFEST).is_file()]
    if landscapes and kind in (None, "landscape"):
        if len(runs) > 1:
            raise InputError(f"{runs[1]}: a figure shows one landscape and nothing else")
        if x is not None:
            raise InputError(f"--x {x}: is for curves of runs; {runs[0]} is a landscape")
        from policybench.landscape import load_landscape
        from policybench.plots.landscape_slices import landscape_slices

        figure = landscape_slices(load_landscape(runs[0]), theme)
    elif kind == "landscape":
        raise InputError(f"{runs[0]}: no landscape here; make one with: policybench landscape --env NAME")
    else:
        figure = _figure(kind or "curves", runs, theme, x)
    save(figure, output, theme)
    click.echo(f"{output}")


def _figure(kind: str, roots: tuple[Path, ...], theme: str, x: str | None) -> Figure:
    from policybench.cli.reading import stored_runs
    from policybench.plots.kinds import draw

    runs = stored_runs(roots)
    return draw(runs, kind, theme, x)
