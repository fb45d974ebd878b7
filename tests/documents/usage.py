"""Commands held against the real command line: names, options, values. Nothing is run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click
from documents.patterns import alternatives, is_open

from policybench.cli import cli
from policybench.errors import InputError
from policybench.options import parse_options
from policybench.plugins import Plugin, registry

_EXPLAIN = {"-h", "--help", "--version"}


def check_usage(command: click.Command, words: Sequence[str]) -> None:
    """Check that a command, or each of a pattern, is one that the command line takes.

    A command's name alone is taken too: texts speak of commands by their names.

    Raises:
        click.UsageError: it does not.
        InputError: a plugin, or an option of one, is unknown or has a wrong value.
    """
    for chosen in alternatives(words):
        _check(command, chosen)


def is_name(command: click.Command, words: Sequence[str]) -> bool:
    """Whether these are the name of a command, and nothing else."""
    if isinstance(command, click.Group):
        return bool(words) and words[0] not in _EXPLAIN and is_name(*_step(command, words))
    return not words


def check_fragment(words: Sequence[str]) -> None:
    """Check options without a command, such as ``-p levels=N``: some command and some plugin must take them."""
    for chosen in alternatives(words):
        for flag, value in zip(chosen, [*chosen[1:], ""], strict=True):
            if flag in ("-p", "-e", "-x"):
                _check_plugin_option(flag, value, _every_plugin(flag))
            elif flag.startswith("--"):
                _check_option(flag, value)


def _check(command: click.Command, words: list[str]) -> None:
    context = click.Context(command)
    if _EXPLAIN.intersection(words):
        return None
    if isinstance(command, click.Group):
        if not words:
            raise click.UsageError("Missing command.", context)
        return _check(*_step(command, words))
    given, rest, _ = command.make_parser(context).parse_args(list(words))
    if rest:
        raise click.UsageError(f"Got unexpected extra arguments: {' '.join(rest)}", context)
    values: dict[str, list[str]] = {}
    for parameter in command.params:
        found = given.get(str(parameter.name))
        texts = [text for text in (found if isinstance(found, list | tuple) else [found]) if isinstance(text, str)]
        if parameter.required and not texts and words:
            raise click.MissingParameter(ctx=context, param=parameter)
        values.update(dict.fromkeys(parameter.opts, texts))
        for text in texts:
            _check_value(parameter, text, context)
    return _check_plugins(values)


def _step(group: click.Group, words: Sequence[str]) -> tuple[click.Command, list[str]]:
    """The command that the first word names, and the other words."""
    _, command, rest = group.resolve_command(click.Context(group), list(words))
    assert command is not None
    return command, rest


def _check_value(parameter: click.Parameter, text: str, context: click.Context) -> None:
    # Whether a file exists is not asked: what makes it may not have run.
    if not is_open(text) and not isinstance(parameter.type, click.Path):
        parameter.type.convert(text, parameter, context)


def _check_option(flag: str, value: str) -> None:
    takers = [(command, option) for command in _commands(cli) for option in command.params if flag in option.opts]
    if not takers:
        raise click.NoSuchOption(flag)
    for command, option in takers if value and not value.startswith("-") else []:
        _check_value(option, value, click.Context(command))


def _commands(command: click.Command) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            yield from _commands(_step(command, [name])[0])


def _check_plugins(values: dict[str, list[str]]) -> None:
    """Check what the command line leaves to the plugins: their names, and ``name=value`` of their options."""
    found = registry()
    named: dict[str, list[Plugin[Any]]] = {
        "-p": [found.principal(name.split()[0]) for name in values.get("--principal", []) if not is_open(name)],
        "-e": [found.environment(name.split()[0]) for name in values.get("--env", []) if not is_open(name)],
        "-x": [found.executor(name) for name in values.get("--executor", []) if not is_open(name)],
    }
    for name in values.get("name", []):
        if name in found.principals:
            named["-p"].append(found.principals[name])
        elif name in found.executors:
            named["-x"].append(found.executors[name])
        elif not is_open(name):
            named["-e"].append(found.environment(name))
    for flag, plugins in named.items():
        for text in values.get(flag, []):
            _check_plugin_option(flag, text, plugins or _every_plugin(flag))


def _every_plugin(flag: str) -> Iterable[Plugin[Any]]:
    found = registry()
    return {"-p": found.principals, "-e": found.environments, "-x": found.executors}[flag].values()


def _check_plugin_option(flag: str, text: str, plugins: Iterable[Plugin[Any]]) -> None:
    """Check that one of the plugins takes ``name=value``; raises ``InputError``."""
    name, _, value = text.partition("=")
    refusals = []
    for plugin in [] if is_open(name) or is_open(text) else plugins:
        options = [option for option in plugin.spec.options if option.name == name or not is_open(value)]
        try:
            if not is_open(value):
                parse_options(plugin.spec.name, flag, [text], options)
            elif not options:
                raise InputError(f"{flag} {text}: {plugin.spec.name} has no option {name!r}")
            return
        except InputError as refusal:
            refusals.append(refusal)
    if refusals:
        raise next((refusal for refusal in refusals if "has no option" not in str(refusal)), refusals[0])
