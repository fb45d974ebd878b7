"""What actions pay: ``python -m policybench_escape_room.landscape --env cer``.

Named actions first, then the range of random ones, then the signal-to-noise ratio. In the Contextual Escape Room
an action stands for the same in every context: "lever" is the active one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from tabulate import tabulate

from policybench import Environment, InputError
from policybench.options import parse_options
from policybench.plugins import registry
from policybench.sharded import ShardedEnvironment
from policybench.threads import usable_cores

Incentives = tuple[float, ...]

CER_ACTIONS: Mapping[str, Incentives] = {
    # active lever, the other levers, door, start
    "all 0": (0, 0, 0, 0, 0),
    "lever 1": (1, 0, 0, 0, 0),
    "lever 1.5": (1.5, 0, 0, 0, 0),
    "lever 2": (2, 0, 0, 0, 0),
    "lever 3": (3, 0, 0, 0, 0),
    "lever 4": (4, 0, 0, 0, 0),
    "lever 5": (5, 0, 0, 0, 0),
    "lever 5, all else 2.5": (5, 2.5, 2.5, 2.5, 2.5),
    "lever 5, door 3": (5, 0, 0, 3, 0),
    "lever 5, door 4": (5, 0, 0, 4, 0),
    "lever 5, start 4": (5, 0, 0, 0, 4),
    "lever 5, another lever 4": (5, 4, 0, 0, 0),
    "lever 5, another lever 5": (5, 5, 0, 0, 0),
    "lever 5, door 5": (5, 0, 0, 5, 0),
    "another lever 5": (0, 5, 0, 0, 0),
    "door 5": (0, 0, 0, 5, 0),
    "start 5": (0, 0, 0, 0, 5),
    "all 2.5": (2.5, 2.5, 2.5, 2.5, 2.5),
    "all 5": (5, 5, 5, 5, 5),
}

ESCAPE_ROOM_ACTIONS: Mapping[str, Incentives] = {
    # lever, start, door
    "all 0": (0, 0, 0),
    "lever 0.5": (0.5, 0, 0),
    "lever 1": (1, 0, 0),
    "lever 1.25": (1.25, 0, 0),
    "lever 1.5": (1.5, 0, 0),
    "lever 2": (2, 0, 0),
    "lever 2, door 0.25": (2, 0, 0.25),
    "lever 2, door 0.5": (2, 0, 0.5),
    "lever 2, start 0.5": (2, 0.5, 0),
    "lever 2, start 1": (2, 1, 0),
    "start 2": (0, 2, 0),
    "door 2": (0, 0, 2),
    "all 1": (1, 1, 1),
    "all 2": (2, 2, 2),
}


@dataclass(frozen=True)
class Landscape:
    """Payoffs of some actions.

    Attributes:
        named: [n_seeds] by name.
        random: [n_random, n_seeds] of uniformly random actions.
    """

    named: Mapping[str, NDArray[np.float64]]
    random: NDArray[np.float64]


def measure(
    environment: Environment,
    named: Mapping[str, Incentives],
    n_random: int,
    tick: Callable[[], None] = lambda: None,
) -> Landscape:
    """Evaluate each action once for every seed of the environment, all at step 0.

    Args:
        environment: one of this distribution's.
        named: incentives by name, as in the tables above.
        n_random: how many random actions, the same ones for all seeds.
        tick: is called after each action.
    """
    space, contexts = environment.problem.action_space, environment.contexts(0)
    random = np.random.default_rng(0).uniform(space.low, space.high, (n_random, *space.shape))

    def payoffs(values: Incentives | NDArray[np.float64]) -> NDArray[np.float64]:
        rows = range(len(environment.seeds))
        actions = [spell_out(values, None if contexts is None else contexts[row]) for row in rows]
        outcomes = environment.evaluate(0, np.stack(actions))
        tick()
        return np.array([outcome.payoff for outcome in outcomes])

    return Landscape(
        {name: payoffs(values) for name, values in named.items()},
        np.array([payoffs(values) for values in random]),
    )


def spell_out(values: Incentives | NDArray[np.float64], context: NDArray[np.int8] | None) -> NDArray[np.float64]:
    """The action, [action_dim], that incentives as in the tables stand for in a context.

    >>> spell_out((5, 2, 1, 0, 3), np.array([0, 1, 0])).tolist()
    [1.0, 5.0, 2.0, 0.0, 3.0]
    """
    action = np.array(values, dtype=np.float64)
    if context is not None:
        action[: len(context)] = np.roll(action[: len(context)], int(np.argmax(context)))
    return action


def signal_to_noise(payoffs: NDArray[np.float64]) -> float:
    """Variance between actions, corrected for noise, over variance between seeds; payoffs [n_actions, n_seeds]."""
    noise = payoffs.var(axis=1, ddof=1).mean()
    signal = payoffs.mean(axis=1).var(ddof=1) - noise / payoffs.shape[1]
    return float(max(signal, 0) / noise) if noise else float("inf")


@click.command()
@click.option("--env", "name", type=click.Choice(["cer", "escape-room"]), default="cer", show_default=True)
@click.option("-e", "options", multiple=True, metavar="NAME=VALUE", help="An option of the environment.")
@click.option("--seeds", type=click.IntRange(2), default=10, show_default=True, help="Evaluations of each action.")
@click.option(
    "--random", "n_random", type=click.IntRange(2), default=200, show_default=True, help="Random actions."
)
@click.option("--workers", type=click.IntRange(1), help="Threads to use; all cores unless told.")
def main(name: str, options: tuple[str, ...], seeds: int, n_random: int, workers: int | None) -> None:
    """Print what named and random actions pay."""
    spec = registry().environment(name).spec
    try:
        values = parse_options(f"environment {name}", "-e", options, spec.options)
        environment = ShardedEnvironment(spec, range(seeds), workers or usable_cores(), values)
    except InputError as error:
        raise click.UsageError(str(error)) from None
    named = CER_ACTIONS if name == "cer" else ESCAPE_ROOM_ACTIONS
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("measuring", total=len(named) + n_random)
        landscape = measure(environment, named, n_random, lambda: bar.advance(task))
    rows = [[action, paid.mean(), paid.std(ddof=1)] for action, paid in landscape.named.items()]
    click.echo(tabulate(rows, ["incentives", "mean payoff", "sd"], floatfmt=".1f", tablefmt="github"))
    means = landscape.random.mean(axis=1)
    click.echo(
        f"\n{n_random} random actions: mean {means.mean():.1f}, from {means.min():.1f} to {means.max():.1f}; "
        f"signal-to-noise ratio {signal_to_noise(landscape.random):.1f}"
    )


if __name__ == "__main__":
    main()
