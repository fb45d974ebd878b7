"""The observers that a user names, with the options that belong to each."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from policybench.errors import InputError
from policybench.observer import Observer
from policybench.options import parse_options
from policybench.plugins import registry


def observers_of(names: Sequence[str], given: Sequence[str]) -> list[Observer]:
    """The observers of ``--observe NAME`` and ``-o option=value``, as the command line has them.

    Args:
        names: of observers, each once.
        given: texts ``option=value``; where several of the observers have the option, ``name.option=value``.

    Raises:
        InputError: there is no such observer or option, or an observer cannot be used here.
    """
    chosen = {name: registry().observer(name) for name in names}
    if len(chosen) < len(names):
        raise InputError(f"--observe {' --observe '.join(names)}: takes each observer once")
    options: dict[str, list[str]] = {name: [] for name in chosen}
    for text in given:
        owner, own = _owner(text, {name: [o.name for o in plugin.spec.options] for name, plugin in chosen.items()})
        options[owner].append(own)
    return made(options, "-o")


def made(chosen: Mapping[str, Sequence[str] | Mapping[str, Any]], flag: str) -> list[Observer]:
    """Observers by name, with their options as texts or values; one that fails is left out with a warning.

    Raises:
        InputError: there is no such observer or option, or an observer cannot be used here.
    """
    found = []
    for name, given in chosen.items():
        spec = registry().observer(name).spec
        options = parse_options(f"observer {name}", flag, given, spec.options)
        try:
            found.append(spec.create(**options))
        except InputError:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it may fail in any way, and the run goes on
            logging.getLogger("policybench").warning(
                "observer %s cannot be used; the run goes on: %s: %s", name, type(error).__name__, error
            )
    return found


def _owner(text: str, known: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    """Whose option a text is, and the text without the owner's name."""
    option = text.partition("=")[0]
    name, dot, _ = option.partition(".")
    if dot and name in known:
        return name, text[len(name) + 1 :]
    owners = [name for name, options in known.items() if option in options]
    if len(owners) > 1:
        raise InputError(f"-o {text}: {' and '.join(owners)} have this option; say which: -o {owners[0]}.{text}")
    if not known:
        raise InputError(f"-o {text}: is an option of an observer; name one with --observe")
    return owners[0] if owners else next(iter(known)), text
