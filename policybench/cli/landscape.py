"""``policybench landscape``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from policybench.cli.interruptions import resumable

if TYPE_CHECKING:
    from gymnasium.spaces import Box
    from rich.progress import Progress, TaskID

    from policybench.landscape import Design
    from policybench.specs import EnvironmentSpec


@click.command("landscape")
@click.option("--env", "environment", required=True, help="The environment to measure.")
@click.option(
    "-e",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="An option of the environment. One that is given several times makes several environments, which are "
    "compared.",
)
@click.option(
    "--levels", type=click.IntRange(2, 1000), help="A grid of so many levels an action dimension; 5 unless told."
)
@click.option(
    "--random", "random", type=click.IntRange(2, 100_000), help="So many random actions, instead of a grid."
)
@click.option(
    "--action",
    "given",
    multiple=True,
    metavar="[NAME=]X,Y,...",
    help="An action to measure, instead of a grid, with a name if you like; may be given several times.",
)
@click.option("--low", metavar="X,Y,...", help="Lower bounds of the grid or the random actions.")
@click.option("--high", metavar="X,Y,...", help="Upper bounds; the action space's own unless told.")
@click.option("--seeds", type=click.IntRange(2, 1000), default=3, show_default=True, help="Seeds for each action.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Threads to use; all cores unless told.")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("landscapes"),
    show_default=True,
    help="The folder in which landscapes are kept.",
)
@click.option("--fresh", is_flag=True, help="Start over.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def landscape_command(
    environment: str,
    options: tuple[str, ...],
    levels: int | None,
    random: int | None,
    given: tuple[str, ...],
    low: str | None,
    high: str | None,
    seeds: int,
    workers: int | None,
    out: Path,
    fresh: bool,
    quiet: bool,
) -> None:
    """Measure what many actions pay: a grid of them, random ones, or those that you give.

    All actions are evaluated with the same luck. An interrupted measurement continues when the same command is
    given again; a complete one is shown.
    """
    import logging

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from policybench.cli.landscape_text import as_text
    from policybench.landscape import load_landscape, measure
    from policybench.options import parse_options
    from policybench.plugins import registry
    from policybench.relabelling.option import refuse_relabelled
    from policybench.threads import usable_cores

    plugin = registry().environment(environment)
    parsed = [
        parse_options(f"environment {environment}", "-e", texts, plugin.spec.options)
        for texts in _combinations(options)
    ]
    for values in parsed:
        refuse_relabelled(values)
    variants = [values for i, values in enumerate(parsed) if values not in parsed[:i]]
    design = _design(_common_space(plugin.spec, variants), seeds, levels, random, given, low, high)
    console = Console(stderr=True, quiet=quiet)
    paths = []
    if quiet:
        logging.getLogger("policybench").setLevel(logging.WARNING)
    with (
        resumable() as check,
        Progress(
            BarColumn(), MofNCompleteColumn(), "actions,", TimeRemainingColumn(), "left", console=console
        ) as bar,
    ):
        for values in variants:
            task = bar.add_task("", total=None)
            path = measure(
                plugin,
                values,
                design,
                out,
                workers=workers or usable_cores(),
                fresh=fresh,
                begin=lambda done, total, task=task: bar.update(task, completed=done, total=total),  # type: ignore[misc]
                tick=partial(_tick, bar, task, check),
            )
            paths.append(path)
    click.echo(as_text([load_landscape(path) for path in paths]))
    click.echo("\n" + "\n".join(f"Kept in {path}" for path in paths))
    click.echo(f"Next: policybench plot {paths[0]} -o landscape.png")


def _tick(bar: Progress, task: TaskID, check: Callable[[], None]) -> None:
    """Move the bar by an action; an interruption that was swallowed ends the command here."""
    bar.advance(task)
    check()


def _combinations(options: Sequence[str]) -> list[list[str]]:
    """Every combination of the options' values: one text an option, where some are given several times."""
    from itertools import product

    values: dict[str, list[str]] = {}
    for text in options:
        values.setdefault(text.partition("=")[0], []).append(text)
    return [list(texts) for texts in product(*values.values())]


def _common_space(spec: EnvironmentSpec, variants: Sequence[Mapping[str, Any]]) -> Box:
    """The action space of all variants; raises ``InputError`` if they differ in it."""
    from policybench.errors import InputError

    first, *others = [spec.create([0], **values).problem.action_space for values in variants]
    for space in others:
        if space != first:
            raise InputError(f"-e: environments are compared only if their actions are the same: {first}, {space}")
    return first


def _design(
    space: Box,
    seeds: int,
    levels: int | None,
    random: int | None,
    given: Sequence[str],
    low: str | None,
    high: str | None,
) -> Design:
    """The actions that were asked for, checked; raises ``InputError``."""
    from policybench.errors import InputError
    from policybench.landscape import Design

    kinds = {"--levels": levels, "--random": random, "--action": " --action ".join(given) or None}
    chosen = [f"{flag} {value}" for flag, value in kinds.items() if value is not None]
    if len(chosen) > 1:
        raise InputError(f"{' and '.join(chosen)}: give one of --levels, --random and --action")
    if not given:
        levels = None if random else levels or 5
        return Design(
            seeds=seeds,
            levels=levels,
            random=random,
            low=_bound("low", low, space),
            high=_bound("high", high, space),
        )
    for name, text in (("low", low), ("high", high)):
        if text is not None:
            raise InputError(
                f"--{name} {text}: is for --levels and --random; with --action there is nothing to bound"
            )
    return Design(seeds=seeds, given=_given(given, space))


def _bound(name: str, text: str | None, space: Box) -> tuple[float, ...] | None:
    from policybench.actions import parse_action

    return None if text is None else tuple(parse_action(f"--{name}", text, space).tolist())


def _given(texts: Sequence[str], space: Box) -> dict[str, tuple[float, ...]]:
    """Actions by name; the numbers, as they were written, are the name of those that have none."""
    from policybench.actions import parse_action
    from policybench.errors import InputError

    actions: dict[str, tuple[float, ...]] = {}
    for text in texts:
        name, _, numbers = text.rpartition("=")
        action = tuple(parse_action("--action", numbers, space).tolist())
        name = name or numbers
        if name in actions:
            raise InputError(f"--action {text}: there is one called {name!r} already; give it another name")
        actions[name] = action
    return actions
