"""``policybench show``."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from policybench.plugins import Plugin
    from policybench.problem import Problem, Reference
    from policybench.specs import EnvironmentSpec, ExecutorSpec, PrincipalSpec


@click.command("show")
@click.argument("name")
def show_command(name: str) -> None:
    """Show a principal, an environment or an executor.

    What it is, where it comes from, its options, and for an environment the task that it sets.
    """
    from policybench.errors import InputError, nearest
    from policybench.plugins import registry

    found = registry()
    if name in found.principals:
        _heading("principal", found.principals[name])
    elif name in found.environments:
        plugin = found.environments[name]
        _heading("environment", plugin)
        _problem(plugin.spec.create([0]).problem)
    elif name in found.executors:
        _heading("executor", found.executors[name])
    else:
        known = [*found.principals, *found.environments, *found.executors]
        raise InputError(
            f"nothing named {name!r} is installed; there are {', '.join(known)}.{nearest(name, known)}"
        )


def _heading(kind: str, plugin: Plugin[PrincipalSpec] | Plugin[EnvironmentSpec] | Plugin[ExecutorSpec]) -> None:
    from tabulate import tabulate

    spec = plugin.spec
    click.echo(f"{spec.name}: {kind} of {plugin.distribution} {plugin.version}\n{spec.description}")
    if spec.source:
        click.echo(f"Source: {spec.source}")
    flag = {"principal": "-p", "environment": "-e", "executor": "-x"}[kind]
    rows = [
        [f"{flag} {option.name}=", option.allowed(), _default(option.default), option.help]
        for option in spec.options
    ]
    if rows:
        headers = ["option", "takes", "default", "meaning"]
        click.echo("\n" + tabulate(rows, headers, disable_numparse=True, maxcolwidths=[None, 24, None, 60]))


def _problem(problem: Problem) -> None:
    space, text = problem.action_space, problem.description
    sections = [_wrapped(text.story), _wrapped(f"Payoff: {text.payoff}"), "Action:"]
    sections[-1] += "".join(
        f"\n  {part.name}, in [{low:g}, {high:g}]: {part.meaning}"
        for part, low, high in zip(text.action, space.low, space.high, strict=True)
    )
    if text.consequences:
        sections.insert(1, _wrapped(f"Consequences: {text.consequences}"))
    if text.context:
        sections.append(_wrapped(f"Context: {text.context}"))
    sections.append(
        "A principal observes:"
        + "".join(
            f"\n  {name} {problem.observation_space[name].shape}: {meaning}"
            for name, meaning in text.observation.items()
        )
    )
    sections.append(f"Budget of the paper protocol: {problem.steps} principal steps")
    sections += [
        f"{name}: {_reference(r)}" for name, r in (("Floor", problem.floor), ("Ceiling", problem.ceiling))
    ]
    click.echo("\n" + "\n\n".join(sections))


def _wrapped(text: str) -> str:
    return textwrap.fill(text, width=100)


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
