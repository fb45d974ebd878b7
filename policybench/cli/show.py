"""``policybench show``."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from policybench.plugins import Plugin
    from policybench.problem import Problem, Reference
    from policybench.specs import EnvironmentSpec, ExecutorSpec, ObserverSpec, PrincipalSpec

    _AnyPlugin = Plugin[PrincipalSpec] | Plugin[EnvironmentSpec] | Plugin[ExecutorSpec] | Plugin[ObserverSpec]


@click.command("show")
@click.argument("name")
@click.option("-e", "options", multiple=True, metavar="NAME=VALUE", help="An option of the environment.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Whose task is shown; tasks differ by seed only with -e relabel.",
)
@click.option("--wide", is_flag=True, help="Break no lines: one line per paragraph and per option.")
def show_command(name: str, options: tuple[str, ...], seed: int, wide: bool) -> None:
    """Show a principal, an environment, an executor or an observer.

    What it is, where it comes from, its options, and for an environment the task that it sets.
    """
    from contextlib import closing

    from policybench.errors import InputError, nearest
    from policybench.options import parse_options
    from policybench.plugins import registry

    found = registry()
    if name in found.principals:
        if options:
            raise InputError(f"-e {options[0]}: is for environments; {name} is a principal")
        _heading("principal", found.principals[name], wide)
    elif name in found.environments:
        plugin = found.environments[name]
        _heading("environment", plugin, wide)
        values = parse_options(f"environment {name}", "-e", options, plugin.spec.options)
        with closing(plugin.spec.create([seed], **values)) as environment:
            text = _problem(environment.problem)
        click.echo(f"\n{text if wide else _folded(text)}")
    elif name in found.executors:
        _heading("executor", found.executors[name], wide)
    elif name in found.observers:
        _heading("observer", found.observers[name], wide)
    else:
        known = [*found.principals, *found.environments, *found.executors, *found.observers]
        raise InputError(
            f"nothing named {name!r} is installed.{nearest(name, known)} There are {', '.join(known)}."
        )


def _heading(kind: str, plugin: _AnyPlugin, wide: bool) -> None:
    from tabulate import tabulate

    from policybench.cli.layout import NO_BREAK, narrow

    spec = plugin.spec
    text = f"{spec.name}: {kind} of {plugin.distribution} {plugin.version}\n{spec.description}"
    if spec.source:
        text += f"\nSource: {spec.source}"
    click.echo(text if wide else _folded(text))
    flag = {"principal": "-p", "environment": "-e", "executor": "-x", "observer": "-o"}[kind]
    space = " " if wide else NO_BREAK
    rows = [
        [f"{flag}{space}{option.name}=", option.allowed(), _default(option.default), option.help]
        for option in spec.options
    ]
    if rows:
        headers = ["option", "takes", "default", "meaning"]
        click.echo("\n" + (tabulate(rows, headers, disable_numparse=True) if wide else narrow(headers, rows)))


def _problem(problem: Problem) -> str:
    """The task, a paragraph a line; what belongs to one is indented below it."""
    space, text = problem.action_space, problem.description
    sections = [text.story, f"Payoff: {text.payoff}", "Action:"]
    sections[-1] += "".join(
        f"\n  {part.name}, in [{low:g}, {high:g}]: {part.meaning}"
        for part, low, high in zip(text.action, space.low, space.high, strict=True)
    )
    if text.consequences:
        sections.insert(1, f"Consequences: {text.consequences}")
    if text.context:
        sections.append(f"Context: {text.context}")
    sections.append(
        ("A principal observes:" if text.observation else "A principal observes the payoff alone.")
        + "".join(
            f"\n  {name} {problem.observation_space[name].shape}: {meaning}"
            for name, meaning in text.observation.items()
        )
    )
    sections.append(f"Budget of the paper protocol: {problem.steps} principal steps")
    sections += [
        f"{name}: {_reference(r)}" for name, r in (("Floor", problem.floor), ("Ceiling", problem.ceiling))
    ]
    return "\n\n".join(sections)


def _folded(text: str) -> str:
    """The text in lines of at most 80 columns; what an indented line goes on with is indented further."""
    from policybench.cli.layout import WIDTH

    return "\n".join(
        textwrap.fill(
            line,
            WIDTH,
            subsequent_indent="    " if line.startswith(" ") else "",
            break_on_hyphens=False,
            break_long_words=False,
        )
        for line in text.split("\n")
    )


def _reference(reference: Reference | None) -> str:
    if reference is None:
        return "not measured"
    action = "".join(
        f"\n  action {','.join(f'{value:g}' for value in values)}{f' in context {context}' if context else ''}"
        for context, values in (reference.action or {}).items()
    )
    noise = (
        "" if reference.deviation is None else f", standard deviation of one evaluation {reference.deviation:.2g}"
    )
    return (
        f"{reference.payoff:.4g} (standard error {reference.standard_error:.2g}{noise}); {reference.how}{action}"
    )


def _default(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(f"{part:g}" for part in value)
    return "-" if value is None else str(value)
