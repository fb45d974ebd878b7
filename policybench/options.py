"""Options of principals and environments: declared once, in a spec, and checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from policybench.errors import InputError, nearest

__all__ = ["Option", "parse_options"]

Value = bool | int | float | str | tuple[float, ...] | None
Kind = type[bool] | type[int] | type[float] | type[str] | type[tuple[float, ...]]


_WORDS: dict[Kind, str] = {
    bool: "true or false",
    int: "an integer",
    float: "a number",
    str: "text",
    tuple: "numbers separated by commas",
}


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
        recorded_if_changed: whether manifests leave it out while it has its default. For an option that came after
            runs were made: their manifests stay as they are.
    """

    name: str
    type: Kind
    default: Value
    help: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    operational: bool = False
    recorded_if_changed: bool = False

    def parse(self, text: str) -> Value:
        """The value that a text stands for; raises ``click.BadParameter`` if it stands for none."""
        try:
            if self.type is tuple:
                return tuple(float(self._converter(float).convert(part, None, None)) for part in text.split(","))
            value: Value = self._converter(self.type).convert(text, None, None)
        except _NotFiniteError as error:
            raise self._refusal(error.message) from None
        except click.BadParameter:
            raise self._refusal() from None
        return value

    def check(self, value: Any) -> Value:
        """The value itself, by the same rules as a text; raises ``click.BadParameter`` if it is not allowed.

        Whole numbers may stand for floats, lists and arrays for tuples, and None for a default of None.
        """
        if value is None and self.default is None:
            return None
        if self.type is tuple and (isinstance(value, (tuple, list)) or getattr(value, "ndim", 0) == 1):
            items = [_plain(item) for item in value]
            fits = bool(items) and all(_is_number(item) for item in items)
            text = ",".join(map(repr, items))
        else:
            value = _plain(value)
            fits = _is_number(value) if self.type is float else type(value) is self.type
            text = as_text(value)
        if not fits:
            raise self._refusal(f"{value!r} has another type")
        return self.parse(text)

    def allowed(self) -> str:
        """What may be given, in words: ``a number, at least 0``."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        text = _WORDS[self.type]
        if self.minimum is not None:
            text += f", at least {self.minimum:g}"
        if self.maximum is not None:
            text += f", at most {self.maximum:g}"
        return text

    def _refusal(self, why: str = "") -> click.BadParameter:
        """What is wrong with a value, and what is allowed; click's own words for ranges are for programmers."""
        return click.BadParameter(f"{why}; {self.name} takes {self.allowed()}.".removeprefix("; "))

    def _converter(self, kind: Kind) -> click.ParamType[Any]:
        if self.choices:
            return click.Choice(self.choices)
        if kind is int:
            lowest = None if self.minimum is None else int(self.minimum)
            return click.IntRange(lowest, None if self.maximum is None else int(self.maximum))
        if kind is float:
            return _FiniteRange(self.minimum, self.maximum)
        return click.BOOL if kind is bool else click.STRING


def _plain(value: Any) -> Any:
    """A number of numpy's as the one of Python's that it stands for."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", None) == 0 else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class _NotFiniteError(click.BadParameter):
    """An infinity or NaN."""


class _FiniteRange(click.FloatRange):
    """Floats in a range, without infinities and NaN."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if number - number != 0:
            raise _NotFiniteError(f"{value!r} is not a finite number", ctx, param)
        return number


def as_text(value: Any) -> str:
    """An option's value as it is given on the command line; what ``Option.parse`` reads back.

    >>> [as_text(value) for value in (True, 0.1, (0.0, 1.5), "first")]
    ['true', '0.1', '0.0,1.5', 'first']
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return ",".join(map(repr, value))
    return str(value)


def parse_options(
    owner: str, flag: str, given: Sequence[str] | Mapping[str, Any], declared: Iterable[Option]
) -> dict[str, Value]:
    """Every declared option's value, from what was given and from defaults.

    Args:
        owner: who takes the options, for messages: ``principal ucb``.
        flag: how they are given, for messages: ``-p``, or ``principal 2, options.`` in a file.
        given: ``name=value`` texts, each name once; or values by name.
        declared: what may be given.

    Raises:
        InputError: one line that names option, value and what is allowed.
    """
    options = {option.name: option for option in declared}
    values: dict[str, Value] = {name: option.default for name, option in options.items()}
    if isinstance(given, Mapping):
        pairs: list[tuple[str, Any]] = list(given.items())
    else:
        pairs = [_split(flag, item, options) for item in given]
    places: dict[str, str] = {}
    for name, value in pairs:
        place = f"{flag}{name} = {value!r}" if flag.endswith(".") else f"{flag} {name}={as_text(value)}"
        if name not in options:
            known = f"It takes {', '.join(options)}" if options else "It takes no options"
            raise InputError(f"{place}: {owner} has no option {name!r}.{nearest(name, options)} {known}.")
        if name in places:
            raise InputError(f"{places[name]} and {place}: an option takes one value; give it once")
        places[name] = place
        option = options[name]
        try:
            values[name] = option.check(value) if isinstance(given, Mapping) else option.parse(value)
        except click.BadParameter as error:
            raise InputError(f"{place}: {error.message}") from None
    return values


def _split(flag: str, item: str, options: Iterable[str]) -> tuple[str, str]:
    name, equals, text = item.partition("=")
    if not equals:
        raise InputError(f"{flag} {item}: expected name=value, such as {flag} {next(iter(options), 'name')}=...")
    return name, text


def changed(values: Mapping[str, Value], declared: Iterable[Option]) -> dict[str, Value]:
    """Those of the values that differ from their defaults, in the order of declaration.

    Values that are left out have their defaults.
    """
    return {
        option.name: values[option.name]
        for option in declared
        if values.get(option.name, option.default) != option.default
    }


def recorded(values: Mapping[str, Value], declared: Iterable[Option]) -> dict[str, Value]:
    """The values that a manifest holds: without those that ``recorded_if_changed`` leaves out."""
    return {
        option.name: values[option.name]
        for option in declared
        if not option.recorded_if_changed or values[option.name] != option.default
    }


def misnamed(given: Iterable[str], declared: Iterable[Option]) -> list[str]:
    """Names in a manifest that are not declared, and declared ones that it lacks, sorted; empty if it is whole."""
    options = {option.name: option for option in declared}
    names = set(given)
    lacking = {name for name in options.keys() - names if not options[name].recorded_if_changed}
    return sorted((names - options.keys()) | lacking)
