"""Payoffs along some directions: ``python -m policybench_gather_trade_build.directions -o landscape.png``.

A direction is a shape, seven numbers from 0 to 1, times a height. Random rates stand beside them.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
from tabulate import tabulate

from policybench import Floats
from policybench.landscape import Design, load_landscape, measure
from policybench.plugins import registry
from policybench.threads import usable_cores
from policybench_gather_trade_build.directions_plot import draw
from policybench_gather_trade_build.rules import N_BRACKETS, US_FEDERAL

_RISING = tuple(bracket / (N_BRACKETS - 1) for bracket in range(N_BRACKETS))

SHAPES = {
    "flat": (1.0,) * N_BRACKETS,
    "progressive": _RISING,
    "US federal": tuple(rate / max(US_FEDERAL) for rate in US_FEDERAL),
    "regressive": _RISING[::-1],
    "above 84 coins alone": (0.0,) * 3 + (1.0,) * 4,
    "below 39 coins alone": (1.0,) * 2 + (0.0,) * 5,
}
"""Directions by name; progressive rates rise from 0 in the lowest bracket in equal steps, regressive ones fall."""

HEIGHTS = tuple(level / 10 for level in range(11))


class Measured(NamedTuple):
    """Payoffs of taxes.

    Attributes:
        along: payoffs of each direction, [n_heights, n_seeds].
        random: of random rates, [n_actions, n_seeds].
    """

    along: dict[str, Floats]
    random: Floats


def measure_directions(seeds: int, random: int, folder: Path) -> Measured:
    """Measure all directions and random rates, or what an interrupted measurement left of them.

    Args:
        seeds: an action; at least 2.
        random: how many random rates; at least 2.
        folder: where the two landscapes are kept.
    """
    actions = {
        _key(name, height): tuple(height * share for share in shape)
        for name, shape in SHAPES.items()
        for height in HEIGHTS
    }
    payoffs = dict(zip(actions, _payoffs(Design(seeds=seeds, given=actions), folder), strict=True))
    along = {name: np.array([payoffs[_key(name, height)] for height in HEIGHTS]) for name in SHAPES}
    return Measured(along, _payoffs(Design(seeds=seeds, random=random), folder))


def _key(name: str, height: float) -> str:
    """What an action is called; without a tax all directions are one action."""
    return f"{name} {height:g}" if height else "none"


def _payoffs(design: Design, folder: Path) -> Floats:
    plugin = registry().environment("gather-trade-build")
    options = {option.name: option.default for option in plugin.spec.options}
    path = measure(plugin, options, design, folder, workers=usable_cores())
    return load_landscape(path).payoffs[""]


def as_table(measured: Measured) -> str:
    """A row a direction, a column a height: mean payoffs; below it, those of random rates."""
    rows = [[name, *(f"{mean:.0f}" for mean in payoffs.mean(axis=1))] for name, payoffs in measured.along.items()]
    table = tabulate(rows, ["direction", *(f"{h:g}" for h in HEIGHTS)], tablefmt="github", disable_numparse=True)
    means = measured.random.mean(axis=1)
    return (
        f"{table}\n\n{len(means)} random rates: {means.mean():.0f} on average, from {means.min():.0f} to "
        f"{means.max():.0f}"
    )


@click.command()
@click.option("--seeds", type=click.IntRange(2), default=4, show_default=True, help="Seeds an action.")
@click.option("--random", type=click.IntRange(2), default=30, show_default=True, help="How many random rates.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("landscapes"),
    show_default=True,
    help="Where measured payoffs are kept; an interrupted measurement goes on.",
)
@click.option(
    "-o",
    "output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The picture: .png, .svg or .pdf.",
)
def main(seeds: int, random: int, folder: Path, output: Path) -> None:
    """Measure the payoffs of taxes along some directions, print and draw them."""
    if output.suffix not in (".png", ".svg", ".pdf"):
        raise click.BadParameter(f"{output}; the name ends in .png, .svg or .pdf", param_hint="-o")
    measured = measure_directions(seeds, random, folder)
    click.echo(as_table(measured))
    draw(measured.along, HEIGHTS, measured.random).savefig(output)
    click.echo(f"\n{output}")


if __name__ == "__main__":
    main()
