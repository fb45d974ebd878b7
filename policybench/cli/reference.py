"""``policybench reference``."""

from __future__ import annotations

from pathlib import Path

import click

from policybench.cli.interruptions import resumable


@click.command("reference")
@click.option("--env", "environment", required=True, help="The environment to measure.")
@click.option("-e", "options", multiple=True, metavar="NAME=VALUE", help="An option of the environment.")
@click.option(
    "--candidates",
    type=click.IntRange(4, 100_000),
    default=400,
    show_default=True,
    help="How many grid actions the search begins with; and the floor is the mean of so many random ones or more.",
)
@click.option(
    "--repeats",
    type=click.IntRange(2, 100_000),
    default=200,
    show_default=True,
    help="How often the best action is evaluated afresh, at least.",
)
@click.option(
    "--most",
    type=click.IntRange(4, 1_000_000),
    help="How many evaluations floor and ceiling may take, each and in each context, beside the search; 25 times "
    "the larger of --candidates and --repeats unless told.",
)
@click.option(
    "--action",
    "known",
    multiple=True,
    metavar="NUMBERS",
    help="An action that the search considers beside those of the grid; may be given several times.",
)
@click.option(
    "--seeds",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    help="How many seeds are evaluated at once.",
)
@click.option("--workers", type=click.IntRange(1, 1024), help="Threads to use; all cores unless told.")
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("references"),
    show_default=True,
    help="The folder in which evaluations are kept.",
)
@click.option("--fresh", is_flag=True, help="Evaluate everything again.")
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write; the screen unless told.",
)
def reference_command(
    environment: str,
    options: tuple[str, ...],
    candidates: int,
    repeats: int,
    most: int | None,
    known: tuple[str, ...],
    seeds: int,
    workers: int | None,
    folder: Path,
    fresh: bool,
    output: Path | None,
) -> None:
    """Measure floor and ceiling of an environment.

    The floor is the mean payoff of uniformly random actions, the ceiling that of the best action that a search
    finds. A score of 0 is the floor, a score of 1 the ceiling. Both are evaluated until their standard errors are
    at most 1% of the way between them, or as often as --most allows; the result says which.

    An interrupted measurement continues when the same command is given again. What was evaluated is also there for
    one with a larger --most.
    """
    from contextlib import closing

    from rich.console import Console
    from rich.progress import Progress, TextColumn, TimeElapsedColumn

    from policybench.actions import parse_action
    from policybench.errors import InputError
    from policybench.landscape.evaluations import kept_payoffs
    from policybench.landscape.reference import measure_references
    from policybench.options import parse_options
    from policybench.plugins import registry
    from policybench.references import dump_references
    from policybench.relabelling.option import refuse_relabelled
    from policybench.sharded import ShardedEnvironment
    from policybench.threads import usable_cores

    if output:
        _check_writable(output)
    plugin = registry().environment(environment)
    values = parse_options(f"environment {environment}", "-e", options, plugin.spec.options)
    refuse_relabelled(values)
    columns = (TextColumn("{task.completed} batches evaluated"), TimeElapsedColumn())
    with (
        resumable() as check,
        closing(ShardedEnvironment(plugin.spec, range(seeds), workers or usable_cores(), values)) as sharded,
        kept_payoffs(plugin, values, sharded, folder, fresh=fresh) as evaluate,
        Progress(*columns, console=Console(stderr=True)) as bar,
    ):
        task = bar.add_task("", total=None)

        def tick() -> None:
            bar.advance(task)
            check()

        actions = [parse_action("--action", text, sharded.problem.action_space) for text in known]
        floor, ceiling = measure_references(
            sharded,
            candidates=candidates,
            repeats=repeats,
            most=most or 25 * max(candidates, repeats),
            known=actions,
            evaluate=evaluate,
            tick=tick,
        )
    text = dump_references(floor, ceiling)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        click.echo(text, nl=False)
        raise InputError(
            f"-o {output}: cannot be written: {error.strerror}; the result is printed instead"
        ) from None


def _check_writable(output: Path) -> None:
    """Refuse before measuring, which may take hours, what could not be written; raises ``InputError``."""
    from policybench.errors import InputError

    there = output.exists()
    try:
        with output.open("ab"):
            pass
        if not there:
            output.unlink()
    except OSError as error:
        raise InputError(f"-o {output}: cannot be written: {error.strerror}") from None
