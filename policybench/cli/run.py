"""``policybench run``."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path

import click

from policybench.cli.interruptions import Stopping, resumable
from policybench.cli.once import Once
from policybench.protocol import MOST_SEEDS, NAMES


@click.command("run")
@click.option(
    "--principal", cls=Once, required=True, help="Who sets the policy; see: policybench list principals."
)
@click.option(
    "--env", "environment", cls=Once, required=True, help="What is governed; see: policybench list environments."
)
@click.option(
    "--protocol",
    "protocol_name",
    cls=Once,
    type=click.Choice(NAMES),
    default="quick",
    show_default=True,
    help="smoke: 2 seeds, 3 steps; quick: 10 seeds, 100 steps; paper: 10 seeds, the environment's own budget.",
)
@click.option(
    "--seeds", cls=Once, type=click.IntRange(1, MOST_SEEDS), help="Number of seeds, instead of the protocol's."
)
@click.option("--steps", cls=Once, type=click.IntRange(1), help="Principal steps, instead of the protocol's.")
@click.option(
    "--part",
    "part_text",
    cls=Once,
    metavar="N/M",
    help="Only the seeds of the N-th of M parts, in a folder of their own; see: policybench merge.",
)
@click.option("-p", "principal_options", multiple=True, metavar="NAME=VALUE", help="An option of the principal.")
@click.option(
    "-e", "environment_options", multiple=True, metavar="NAME=VALUE", help="An option of the environment."
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True, help="Where runs go."
)
@click.option("--workers", type=click.IntRange(1, 1024), help="Threads to use; all cores unless told.")
@click.option("--observe", "observers", multiple=True, metavar="NAME", help="Tell an observer how the run goes.")
@click.option("-o", "observer_options", multiple=True, metavar="NAME=VALUE", help="An option of an observer.")
@click.option("--fresh", is_flag=True, help="Start over, even if the run was begun or is finished.")
@click.option("--quiet", is_flag=True, help="No progress; errors and the result only.")
@click.option("--json", "json_output", is_flag=True, help="Print the result as JSON.")
def run_command(
    principal: str,
    environment: str,
    protocol_name: str,
    seeds: int | None,
    steps: int | None,
    part_text: str | None,
    principal_options: tuple[str, ...],
    environment_options: tuple[str, ...],
    out: Path,
    workers: int | None,
    observers: tuple[str, ...],
    observer_options: tuple[str, ...],
    fresh: bool,
    quiet: bool,
    json_output: bool,
) -> None:
    """Let a principal govern an environment, and score it.

    A run that was interrupted goes on where it stopped when the same command is given again; a finished one is
    just shown.
    """
    from policybench.harness.display import make_display
    from policybench.harness.launch import Request, launch
    from policybench.harness.observer_options import observers_of
    from policybench.parts import parse_part
    from policybench.protocol import make_protocol
    from policybench.store import load_run
    from policybench.store.manifest import now

    request = Request(
        principal,
        environment,
        make_protocol(protocol_name, seeds, steps, None if part_text is None else parse_part(part_text)),
        principal_options,
        environment_options,
        out,
        workers or 0,
    )
    begun = now()
    watching = observers_of(observers, observer_options)
    # Standard output is for the result alone, whatever plugins print; a program may read it.
    with resumable() as check, redirect_stdout(sys.stderr), make_display(quiet) as display:
        progress = Stopping(display, check)
        path = launch(request, progress, fresh=fresh, preparing=display.preparing, observers=watching)
    from policybench.analysis.summary import summary_of
    from policybench.cli.tables import as_card, as_json  # takes long: not on the way to errors

    stored = load_run(path)
    summary = summary_of(stored)
    if json_output:
        click.echo(as_json([summary]))
        return
    click.echo(as_card(summary))
    if not quiet:
        if (stored.manifest.finished or begun) < begun:
            click.echo("\nFinished before; --fresh runs it anew, as it should after a change of a plugin's code.")
        click.echo(f"\nFiles:    {path}")
        if stored.manifest.protocol.part is None:
            click.echo(f"Compare:  policybench results {out}")
        else:
            click.echo(f"Join:     policybench merge {path.parent}, once every part is finished")
