"""The option ``relabel``, which every environment has without knowing of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policybench.errors import InputError
from policybench.options import Option

RELABEL = Option(
    "relabel",
    int,
    None,
    "Permutes the action's numbers and mirrors some, for each seed in another way, which this number draws; "
    "the prose stays true.",
    minimum=0,
    maximum=999_999,
    recorded_if_changed=True,
)


def with_relabel(name: str, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """An environment's options with this one, last.

    Raises:
        ValueError: the environment declares another option of that name.
    """
    if RELABEL in options:
        return options
    if any(option.name == RELABEL.name for option in options):
        raise ValueError(
            f"environment {name!r}: the option name {RELABEL.name!r} is taken: all environments have it"
        )
    return (*options, RELABEL)


def refuse_relabelled(options: Mapping[str, Any]) -> None:
    """Refuse to measure what one action pays over seeds where each seed has actions of its own.

    Raises:
        InputError: the options relabel the action.
    """
    if (seed := options.get(RELABEL.name)) is not None:
        raise InputError(
            f"-e {RELABEL.name}={seed}: makes an action another one in each seed; leave it out: floor, ceiling "
            "and landscape are those of the environment without it"
        )
