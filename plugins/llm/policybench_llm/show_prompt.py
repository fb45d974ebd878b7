"""``policybench show-prompt``."""

from __future__ import annotations

import textwrap

import click


@click.command("show-prompt")
@click.option("--env", "environment", required=True, help="The environment that the prompt is about.")
@click.option("--steps", type=click.IntRange(0, 1000), default=0, show_default=True, help="Steps to show as past.")
@click.option("--budget", type=click.IntRange(1), default=100, show_default=True, help="Steps of the whole run.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Whose steps they are.")
@click.option(
    "-p", "principal_options", multiple=True, metavar="NAME=VALUE", help="An option of the principal llm."
)
@click.option(
    "-e", "environment_options", multiple=True, metavar="NAME=VALUE", help="An option of the environment."
)
@click.option("--wide", is_flag=True, help="Print the text as it is sent, with lines as long as they are.")
def show_prompt_command(
    environment: str,
    steps: int,
    budget: int,
    seed: int,
    principal_options: tuple[str, ...],
    environment_options: tuple[str, ...],
    wide: bool,
) -> None:
    """Print a prompt of the principal llm.

    The first one, or, with --steps, the one after so many steps with random actions, which are evaluated for it.
    No model is asked, and no key is needed. Long lines are broken at 80 columns; --wide shows them as they are.
    """
    from policybench.options import parse_options
    from policybench.plugins import registry
    from policybench_llm.preview import preview

    plugins = registry()
    spec = plugins.environment(environment).spec
    values = parse_options(f"environment {environment}", "-e", environment_options, spec.options)
    declared = plugins.principal("llm").spec.options
    options = parse_options("principal llm", "-p", principal_options, declared)
    for message in preview(spec.create([seed], **values), options, steps, seed, budget):
        text = message["content"]
        click.echo(f"--- {message['role']} ---\n{text if wide else _folded(text)}\n")


def _folded(text: str) -> str:
    """The text in lines of at most 80 columns; words and numbers stay whole."""
    return "\n".join(
        textwrap.fill(line, 80, break_long_words=False, break_on_hyphens=False) for line in text.split("\n")
    )
