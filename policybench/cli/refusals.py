"""What click refuses, in one line that names the option, its value and what is allowed."""

from __future__ import annotations

import re
from typing import Any

import click

from policybench.errors import nearest


def as_line(error: click.ClickException) -> str:
    """The line; click's own words where they say it already.

    >>> option = click.Option(["--seeds"], type=click.IntRange(1, 1000))
    >>> as_line(click.BadParameter("0 is not in the range 1<=x<=1000.", param=option))
    '--seeds 0: takes an integer from 1 to 1000'
    """
    if isinstance(error, click.BadParameter) and error.param is not None:
        allowed, value = _allowed(error.param.type), _value(error.message)
        if allowed and value is not None:
            choices = error.param.type.choices if isinstance(error.param.type, click.Choice) else ()
            return f"{_name(error.param, error.ctx)} {value}: takes {allowed}{_hint(value, choices)}"
    return f"{error.format_message()} {_instead(error)}".rstrip()


def _instead(error: click.ClickException) -> str:
    """The help of an option that is missing, or the commands of a group that lacks one; empty for other errors."""
    if isinstance(error, click.MissingParameter) and isinstance(error.param, click.Option):
        return error.param.help or ""
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    if ctx and isinstance(ctx.command, click.Group) and error.message.startswith("No such command"):
        return f"There are {', '.join(ctx.command.list_commands(ctx))}."
    return ""


def _allowed(kind: click.ParamType[Any]) -> str:
    """What a type takes, in words; empty for other types than ranges and choices."""
    if isinstance(kind, click.Choice):
        return f"one of {', '.join(map(str, kind.choices))}"
    if not isinstance(kind, click.IntRange | click.FloatRange):
        return ""
    noun = "an integer" if isinstance(kind, click.IntRange) else "a number"
    if kind.min is not None and kind.max is not None:
        return f"{noun} from {kind.min} to {kind.max}"
    if kind.min is not None:
        return f"{noun}, at least {kind.min}"
    return noun if kind.max is None else f"{noun}, at most {kind.max}"


def _value(message: str) -> str | None:
    """The value that click refuses, which stands at the beginning of its message; None if click says otherwise."""
    found = re.match(r"(['\"]?)(.*)\1 is not ", message, re.DOTALL)
    return found[2] if found else None


def _name(param: click.Parameter, ctx: click.Context | None) -> str:
    """``--seeds``; of an argument the command that it belongs to."""
    return param.opts[0] if isinstance(param, click.Option) or ctx is None else str(ctx.info_name)


def _hint(value: str, choices: object) -> str:
    hint = nearest(value, map(str, choices)) if isinstance(choices, tuple | list) else ""
    return f".{hint}" if hint else ""
