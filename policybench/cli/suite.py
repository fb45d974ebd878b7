"""``policybench suite``."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from policybench.cli.interruptions import StoppedError, resumable
from policybench.cli.once import Once
from policybench.protocol import MOST_SEEDS, NAMES

if TYPE_CHECKING:
    from policybench.executors import Executor
    from policybench.suite.comparison import Comparison
    from policybench.suite.plan import PlannedRun
    from policybench.suite.progress import RunProgress


@click.command("suite")
@click.argument("file", required=False, metavar="[COMPARISON.toml]", type=click.Path(path_type=Path))
@click.option(
    "--principal",
    "principals",
    multiple=True,
    metavar="NAME",
    help="Give one or more; 'NAME option=value ...' too.",
)
@click.option(
    "--env", "environments", multiple=True, metavar="NAME", help="Give one or more; 'NAME option=value ...' too."
)
@click.option(
    "--protocol", "protocol_name", cls=Once, type=click.Choice(NAMES), help="Of all runs; quick unless told."
)
@click.option("--seeds", cls=Once, type=click.IntRange(1, MOST_SEEDS), help="Instead of the protocol's.")
@click.option("--steps", cls=Once, type=click.IntRange(1), help="Principal steps, instead of the protocol's.")
@click.option("--out", cls=Once, type=click.Path(path_type=Path), help="Where runs go; to runs unless told.")
@click.option("--write", type=click.Path(path_type=Path), help="Write the comparison as a file, and run nothing.")
@click.option("--dry-run", is_flag=True, help="Show what would be run, how long it takes and what it costs.")
@click.option("--jobs", cls=Once, type=click.IntRange(1), help="Processes on this machine, which share its cores.")
@click.option(
    "--executor", cls=Once, default="local", show_default=True, help="What makes the runs; plugins bring others."
)
@click.option("-x", "executor_options", multiple=True, metavar="NAME=VALUE", help="An option of the executor.")
@click.option("--quiet", is_flag=True, help="No progress; failures and the results only.")
def suite_command(
    file: Path | None,
    dry_run: bool,
    write: Path | None,
    jobs: int | None,
    executor: str,
    executor_options: tuple[str, ...],
    quiet: bool,
    **asked: Any,
) -> None:
    """Run several principals on several environments, and compare them.

    What is compared is named by options, or by a file, which may give principals and environments names of their
    own. Finished runs stay as they are, and begun ones continue; a run that fails does not keep the others from
    being made.
    """
    from policybench.suite.comparison_file import write_comparison

    comparison, source = _comparison(file, **asked)
    if write is not None:
        write_comparison(comparison, write)
        click.echo(f"Run it:  policybench suite {write}")
        return
    with resumable(), redirect_stdout(sys.stderr), _executor(executor, executor_options, jobs) as made:
        failures: list[str] = []
        runs = _plan(comparison, source, made, failures)
        if dry_run:
            lines = _dry_run(runs, comparison.folder, made)
        else:
            failures += [f"{one.run.name}: {one.line}" for one in _carry_out(runs, made, quiet) if one.line]
    if dry_run:
        click.echo(lines)
        return
    _show(runs, comparison.folder)
    if failures:
        text = f"{len(failures)} of the runs failed or stopped; the others are kept, the same command tries again"
        raise StoppedError(text, 1)


def _comparison(file: Path | None, **asked: Any) -> tuple[Comparison, str]:
    """What is asked for, and where; raises ``InputError``."""
    from policybench.errors import InputError
    from policybench.suite.comparison import Comparison, chosen_environment, chosen_principal
    from policybench.suite.comparison_file import read_comparison

    given = {
        "protocol": asked["protocol_name"],
        "seeds": asked["seeds"],
        "steps": asked["steps"],
        "out": None if asked["out"] is None else str(asked["out"]),
    }
    given = {name: value for name, value in given.items() if value is not None}
    if file is not None:
        for flag in ("principal", "environment"):
            if asked[f"{flag}s"]:
                raise InputError(f"{file}: names principals and environments; leave out --{flag[:9]}")
        return read_comparison(file).model_copy(update=given), str(file)
    if not asked["principals"] or not asked["environments"]:
        raise InputError("name a file, or one --principal and one --env at least; see: policybench list")
    return (
        Comparison(
            principal=[chosen_principal(text) for text in asked["principals"]],
            environment=[chosen_environment(text) for text in asked["environments"]],
            **given,
        ),
        "the command line",
    )


def _executor(name: str, options: tuple[str, ...], jobs: int | None) -> Executor:
    from policybench.errors import InputError
    from policybench.options import parse_options
    from policybench.plugins import registry

    plugin = registry().executor(name)
    spec = plugin.spec
    if jobs is not None:
        if name != "local":
            raise InputError(f"--jobs {jobs}: is for the executor local; see the options of {name} for -x")
        options = (*options, f"jobs={jobs}")
    values = parse_options(f"executor {name}", "-x", options, spec.options)
    try:
        spec.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's plugin may fail in any way
        raise InputError(
            f"--executor {name}: {plugin.distribution} cannot be loaded: {type(error).__name__}: {error}"
        ) from None
    executor: Executor = spec.create(**values)
    return executor


def _plan(comparison: Comparison, source: str, executor: Executor, failures: list[str]) -> list[PlannedRun]:
    from policybench.suite.plan import plan_runs

    def refuse(line: str, is_failure: bool) -> None:
        click.echo(f"policybench: {line}", err=True)
        if is_failure:
            failures.append(line)

    return plan_runs(comparison, source, executor.cores, refuse)


def _carry_out(runs: list[PlannedRun], executor: Executor, quiet: bool) -> list[RunProgress]:
    from policybench.suite.driver import Driver
    from policybench.suite.view import make_view

    with make_view(quiet) as view:
        return Driver(runs, executor, view).carry_out()


def _dry_run(runs: list[PlannedRun], folder: Path, executor: Executor) -> str:
    """The plan as a table, and its sums."""
    from policybench.analysis.formats import costs_text
    from policybench.cli.layout import folded, narrow
    from policybench.suite.durations import duration
    from policybench.suite.estimate import estimate

    estimates = estimate(runs, folder)
    rows = [
        [
            run.principal,
            run.environment,
            f"{run.done // len(run.manifest.protocol.seeds)}/{run.manifest.protocol.steps}",
            "unknown" if found.seconds is None else "at least " * found.at_least + duration(found.seconds),
            "unknown" if found.costs is None else costs_text(found.costs),
            found.basis,
        ]
        for run, found in zip(runs, estimates, strict=True)
    ]
    cores = executor.cores * max(executor.capacity(), 1)
    seconds = sum(found.seconds or 0.0 for found in estimates)
    unknown = sum(found.seconds is None for found in estimates)
    costs: dict[str, float] = {}
    for found in estimates:
        for name, value in (found.costs or {}).items():
            costs[name] = costs.get(name, 0.0) + value
    about = "At least" if any(found.at_least for found in estimates) else "About"
    total = f"{about} {duration(seconds / cores)} on {cores} core{'s' * (cores != 1)}"
    total += f", and {unknown} run{'s' * (unknown != 1)} whose time is unknown." if unknown else "."
    total += f" Cost: {costs_text(costs)}." if costs else ""
    table = narrow(["principal", "environment", "step", "core time", "cost", "estimated from"], rows)
    return f"{table}\n\n{folded(total)}"


def _show(runs: list[PlannedRun], folder: Path) -> None:
    """The tables that ``results`` shows, a figure and a report of what is finished."""
    from policybench.analysis.summary import summary_of
    from policybench.cli.tables import as_table
    from policybench.errors import InputError
    from policybench.plots.canvas import save
    from policybench.plots.kinds import draw
    from policybench.report.build import build
    from policybench.store.names import MANIFEST
    from policybench.store.reading import read_manifest
    from policybench.suite.named import named_runs

    made = [run for run in runs if _is_finished(run.path / MANIFEST, read_manifest)]
    if not made:
        return
    stored = named_runs(made)
    click.echo(as_table([summary_of(one) for one in stored]))
    figure = folder / "curves.png"
    try:
        save(draw(stored, "curves", "light"), figure, "light")
        page = build([run.path for run in made], folder / "report", episodes=False)
    except InputError as error:
        click.echo(f"policybench: {error}", err=True)
        return
    click.echo(f"\nFigure:  {figure}\nReport:  {page}")


def _is_finished(path: Path, read: Any) -> bool:
    return path.is_file() and read(path).status == "finished"
