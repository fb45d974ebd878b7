"""``policybench plot``."""

from __future__ import annotations

from pathlib import Path

import click

from policybench.cli.once import Once
from policybench.protocol import NAMES


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
@click.option(
    "--from",
    "places",
    multiple=True,
    metavar="RUNS",
    type=click.Path(path_type=Path),
    help="Where the runs of a COMPARISON.toml are looked for, too: folders of runs, or submissions.",
)
@click.option(
    "--protocol", cls=Once, type=click.Choice(NAMES), help="Of a COMPARISON.toml, instead of the file's own."
)
@click.option(
    "--convergence-lines",
    is_flag=True,
    help="Show convergence payoffs as dashed lines, too, in the close-up of the early part if there is one.",
)
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True)
def plot_command(
    runs: tuple[Path, ...],
    output: Path,
    kind: str | None,
    x: str | None,
    places: tuple[Path, ...],
    protocol: str | None,
    convergence_lines: bool,
    theme: str,
) -> None:
    """Draw runs.

    RUNS are folders of runs, or folders that hold some; submissions to the leaderboards, or folders that hold
    some; or one landscape, in a folder or a zip file. The file of a suite, COMPARISON.toml, stands for its runs,
    with their labels; the figure names those that were not made yet. A principal has the same colour in every
    figure.
    """
    from policybench.errors import InputError
    from policybench.landscape.records import MANIFEST
    from policybench.plots.canvas import check_format, save

    check_format(output)
    if kind not in (None, "curves"):
        if x is not None:
            raise InputError(f"--x {x}: is for --kind curves; --kind {kind} has one x axis")
        if convergence_lines:
            raise InputError(f"--convergence-lines: is for --kind curves; --kind {kind} has none")
    landscapes = [path for path in runs if path.suffix == ".zip" or (path / MANIFEST).is_file()]
    if landscapes and kind in (None, "landscape"):
        if len(runs) > 1:
            raise InputError(f"{runs[1]}: a figure shows one landscape and nothing else")
        if x is not None:
            raise InputError(f"--x {x}: is for curves of runs; {runs[0]} is a landscape")
        for flag, given in (
            ("--from", places),
            ("--protocol", protocol),
            ("--convergence-lines", convergence_lines),
        ):
            if given:
                raise InputError(f"{flag}: is for runs; {runs[0]} is a landscape")
        from policybench.landscape import load_landscape
        from policybench.plots.landscape_slices import landscape_slices

        figure = landscape_slices(load_landscape(runs[0]), theme)
    elif landscapes:
        raise InputError(f"--kind {kind}: is for runs; {landscapes[0]} is a landscape")
    elif kind == "landscape":
        raise InputError(f"{runs[0]}: no landscape here; make one with: policybench landscape --env NAME")
    else:
        from policybench.cli.reading import drawn_runs
        from policybench.plots.kinds import draw

        stored, wanted = drawn_runs(runs, places, protocol)
        figure = draw(stored, kind or "curves", theme, x, wanted, convergence_lines=convergence_lines)
    save(figure, output, theme)
    click.echo(f"{output}")
