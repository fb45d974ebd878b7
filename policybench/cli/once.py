"""Options that may be given once: a second value would replace the first without a word."""

from __future__ import annotations

from typing import Any

import click


class Once(click.Option):
    """An option that is refused when it is given twice."""

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Let the parser notice the second time."""
        super().add_to_parser(parser, ctx)
        for name in self.opts:
            option = parser._long_opt.get(name)
            if option is not None:
                option.process = _refuse_second(name, option.process)


def _refuse_second(name: str, process: Any) -> Any:
    given: list[Any] = []

    def once(value: Any, state: Any) -> None:
        given.append(value)
        if len(given) > 1:
            raise click.UsageError(f"{name} {given[0]} and {name} {given[1]}: takes one; give a command for each")
        process(value, state)

    return once
