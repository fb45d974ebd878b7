"""Options of principals and environments: declared once, in a spec, and checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from policybench.errors import InputError, nearest

Value = bool | int | float | str | tuple[float, ...] | None
Kind = type[bool] | type[int] | type[float] | type[str] | type[tuple[float, ...]]


@dataclass(frozen=True)
class Option:
    """One setting of a plugin, given as ``-p name=value`` or ``-e name=value``.

    Attributes:
        name: the keyword that the factory receives.
        type: bool, int, float, str, or tuple for comma-separated numbers.
        default: its value when it is not given; any other default than None must be of that type.
        help: one sentence; it ends up in ``policybench show``.
        minimum: smallest allowed number.
        maximum: largest allowed number.
        choices: the allowed texts, where they are few.
        operational: whether it only says how a run is carried out and cannot change what it finds: a time-out, a
            limit of costs. A run may be continued with another value; its folder's name and its manifest
            always show the default.
    """

    name: str
    type: Kind
    default: Value
    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    operational: bool = False

    def parse(self, text: str) -> Value:
        """The value that a text stands for; raises ``click.BadParameter`` if it stands for none."""
        if self.type is tuple:
            return tuple(float(self._converter(float).convert(part, None, None)) for part in text.split(","))
        value: Value = self._converter(self.type).convert(text, None, None)
        return value

    def allowed(self) -> str:
        """What may be given, in words: ``float, at least 0``."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        words = {tuple: "numbers separated by commas", int: "integer", str: "text", bool: "true or false"}
        text = words.get(self.type, self.type.__name__)
        if self.minimum is not None:
            text += f", at least {self.minimum:g}"
        if self.maximum is not None:
            text += f", at most {self.maximum:g}"
        return text

    def _converter(self, kind: Kind) -> click.ParamType[Any]:
        if self.choices:
            return click.Choice(self.choices)
        if kind is int:
            lowest = None if self.minimum is None else int(self.minimum)
            return click.IntRange(lowest, None if self.maximum is None else int(self.maximum))
        if kind is float:
            return _FiniteRange(self.minimum, self.maximum)
        return click.BOOL if kind is bool else click.STRING


class _FiniteRange(click.FloatRange):
    """Floats in a range, without infinities and NaN."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if number - number != 0:
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


def parse_options(owner: str, flag: str, given: Sequence[str], declared: Iterable[Option]) -> dict[str, Value]:
    """Every declared option's value, from ``name=value`` texts and defaults.

    Args:
        owner: who takes the options, for messages: ``principal ucb``.
        flag: how they are given, for messages: ``-p``.
        given: the texts; a later one wins over an earlier one.
        declared: what may be given.

    Raises:
        InputError: one line that names option, value and what is allowed.
    """
    options = {option.name: option for option in declared}
    values: dict[str, Value] = {name: option.default for name, option in options.items()}
    for item in given:
        name, equals, text = item.partition("=")
        if not equals:
            raise InputError(
                f"{flag} {item}: expected name=value, such as {flag} {next(iter(options), 'name')}=..."
            )
        if name not in options:
            known = f"it takes {', '.join(options)}" if options else "it takes no options"
            raise InputError(f"{flag} {item}: {owner} has no option {name!r}; {known}.{nearest(name, options)}")
        try:
            values[name] = options[name].parse(text)
        except click.BadParameter as error:
            raise InputError(f"{flag} {item}: {error.message} {name} takes {options[name].allowed()}.") from None
    return values


def changed(values: Mapping[str, Value], declared: Iterable[Option]) -> dict[str, Value]:
    """Those of the values that differ from their defaults, in the order of declaration."""
    return {option.name: values[option.name] for option in declared if values[option.name] != option.default}
