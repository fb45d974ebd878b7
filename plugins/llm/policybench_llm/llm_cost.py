"""``policybench llm-cost``."""

from __future__ import annotations

import click


@click.command("llm-cost")
@click.option("--env", "environment", required=True, help="The environment of the run.")
@click.option("--model", "models", multiple=True, required=True, help="A model; may be given several times.")
@click.option("--seeds", type=click.IntRange(1), default=10, show_default=True, help="Seeds of the run.")
@click.option(
    "--steps", type=click.IntRange(1), default=100, show_default=True, help="Principal steps of each seed."
)
@click.option(
    "--thinking", type=click.IntRange(0), default=0, show_default=True, help="Tokens of thinking before an answer."
)
@click.option(
    "-p", "principal_options", multiple=True, metavar="NAME=VALUE", help="An option of the principal llm."
)
@click.option(
    "-e", "environment_options", multiple=True, metavar="NAME=VALUE", help="An option of the environment."
)
def llm_cost_command(
    environment: str,
    models: tuple[str, ...],
    seeds: int,
    steps: int,
    thinking: int,
    principal_options: tuple[str, ...],
    environment_options: tuple[str, ...],
) -> None:
    """Estimate what a run of the principal llm costs.

    The prompts are made, with a few random actions as past steps, and counted; no model is asked. It is assumed
    that every answer can be used and that the search goes on to the last step.
    """
    import textwrap
    from typing import Any

    from tabulate import tabulate

    from policybench import InputError
    from policybench.options import parse_options
    from policybench.plugins import registry
    from policybench_llm.cost import estimate
    from policybench_llm.prices import read_prices
    from policybench_llm.providers import find_provider

    plugins = registry()
    spec = plugins.environment(environment).spec
    values = parse_options(f"environment {environment}", "-e", environment_options, spec.options)
    declared = plugins.principal("llm").spec.options
    options: dict[str, Any] = parse_options("principal llm", "-p", principal_options, declared)
    table = read_prices(options["prices"])
    batch = options["batch"]
    prices = {model: table.find(model, batch=batch) for model in models}
    for model, price in prices.items():
        if price is None:
            raise InputError(f"--model {model}: its price is not known; give it in a table by -p prices=FILE")
        if batch:
            find_provider(model, options["sdk"], options["base_url"], options["providers"]).check_batches()
    tokens = estimate(spec.create([0], **values), options, seeds=seeds, steps=steps, thinking=thinking)
    rows = [
        [model, f"{tokens.dollars(price, cache=False):.2f}", f"{tokens.dollars(price, cache=True):.2f}"]
        for model, price in prices.items()
        if price is not None
    ]
    counted = (
        f"{tokens.calls:,} calls with {tokens.input_tokens:,} tokens of prompts, of which a cache may serve "
        f"{tokens.cached_tokens:,}, and {tokens.output_tokens:,} of answers"
    )
    click.echo(textwrap.fill(counted, 80) + "\n")
    headers = ["model", "US dollars", "with a cache"]
    click.echo(tabulate(rows, headers, disable_numparse=True, colalign=("left", "right", "right")))
    share = f", in batches at {table.batch:.0%} of them" if batch else ""
    remarks = (
        f"Prices as of {table.date}{share}. Tokens are estimated, rather high; answers asked for again cost more."
    )
    click.echo("\n" + textwrap.fill(remarks, 80))
