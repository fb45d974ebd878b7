"""``policybench prior-knowledge``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("prior-knowledge")
@click.option("--env", "environment", required=True, help="The environment.")
@click.option("--model", required=True, help="The model; `local` tries the plumbing without a key.")
@click.option(
    "--seeds", type=click.IntRange(1, 1000), default=10, show_default=True, help="Seeds that all arms share."
)
@click.option(
    "--steps", type=click.IntRange(1), default=100, show_default=True, help="Principal steps of each seed."
)
@click.option(
    "--relabel",
    type=click.IntRange(0, 999_999),
    default=1,
    show_default=True,
    help="Which relabelling the arms with relabelled numbers get.",
)
@click.option(
    "--max-cost", type=click.FloatRange(0), metavar="DOLLARS", help="US dollars that all arms may cost together."
)
@click.option("--yes", is_flag=True, help="Begin without a limit of costs.")
@click.option("--estimate", "only_estimate", is_flag=True, help="Print the estimate of costs, and run nothing.")
@click.option(
    "--thinking",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Tokens of thinking before an answer, for the estimate.",
)
@click.option(
    "-p", "principal_options", multiple=True, metavar="NAME=VALUE", help="An option of the principal llm."
)
@click.option(
    "-e", "environment_options", multiple=True, metavar="NAME=VALUE", help="An option of the environment."
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("runs"), show_default=True, help="Where runs go."
)
@click.option(
    "-o",
    "figure",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("prior-knowledge.png"),
    show_default=True,
    help="The figure to write: .png, .svg or .pdf.",
)
@click.option("--workers", type=click.IntRange(1, 1024), help="Threads to use; all cores unless told.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def prior_knowledge_command(
    environment: str,
    model: str,
    seeds: int,
    steps: int,
    relabel: int,
    max_cost: float | None,
    yes: bool,
    only_estimate: bool,
    thinking: int,
    principal_options: tuple[str, ...],
    environment_options: tuple[str, ...],
    out: Path,
    figure: Path,
    workers: int | None,
    quiet: bool,
) -> None:
    """Measure what a language model's prior knowledge is worth.

    The model governs one environment in five arms: told the rules and their consequences, the rules alone, bare
    numbers, the rules for relabelled numbers, and relabelled numbers in the old words. Their differences over
    shared seeds tell apart what the prose, memory and understanding are worth; the optimiser gp-bo runs beside
    them. What it costs is estimated first. An interrupted study continues when the same command is given again.
    """
    import sys
    from contextlib import redirect_stdout

    from policybench.plots import check_format, save
    from policybench_llm.prior.arms import run_arms
    from policybench_llm.prior.cost import check_limit, cost_table, estimates, price_of
    from policybench_llm.prior.figure import draw
    from policybench_llm.prior.study import make_study
    from policybench_llm.prior.text import as_text

    check_format(figure)
    study = make_study(
        environment=environment,
        model=model,
        seeds=seeds,
        steps=steps,
        relabel=relabel,
        max_cost=max_cost,
        principal_options=principal_options,
        environment_options=environment_options,
        out=out,
        workers=workers or 0,
    )
    price = price_of(study)
    with redirect_stdout(sys.stderr):
        found = dict(estimates(study, thinking))
    click.echo(
        f"Estimate, with every answer usable and every search going on to its end:\n\n{cost_table(found, price)}"
    )
    if only_estimate:
        return
    check_limit(found, price, study, unlimited=yes)
    with redirect_stdout(sys.stderr):
        runs = run_arms(study, progress=not quiet, log=lambda line: None if quiet else click.echo(line, err=True))
        title = f"{model} on {environment}, {seeds} seeds of {steps} steps"
        save(draw(runs, title), figure, "light")
    click.echo(f"\n{title}\n\n{as_text(runs)}\n\nFigure: {figure}")
