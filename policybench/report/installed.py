"""What an environment says about itself, for reports of runs whose plugin may not be installed here."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policybench.environment import Environment
from policybench.options import changed
from policybench.plugins import registry
from policybench.problem import Problem
from policybench.store import Manifest
from policybench.store.manifest import PluginEntry


@dataclass(frozen=True)
class Installed:
    """The environment of a run as it is installed here.

    Attributes:
        problem: its task; None if it is not installed or refuses the run's options.
        version: of its distribution; empty if it is not installed.
        reason: why there is no problem; empty if there is one.
    """

    problem: Problem | None
    version: str
    reason: str


def installed(entry: PluginEntry) -> Installed:
    """Look an environment up; a plugin of a stranger may fail in any way, and the report goes on without it."""
    plugin = registry().environments.get(entry.name)
    if plugin is None:
        return Installed(None, "", f"the environment {entry.name} is not installed here")
    try:
        return Installed(instance(entry, [0]).problem, plugin.version, "")
    except Exception as error:  # noqa: BLE001 - a stranger's plugin may fail in any way
        return Installed(None, plugin.version, f"{type(error).__name__}: {error}")


def instance(entry: PluginEntry, seeds: list[int], more: Mapping[str, Any] | None = None) -> Environment:
    """The environment itself, with the run's options and some that replace them."""
    options = {name: _value(value) for name, value in {**entry.options, **(more or {})}.items()}
    return registry().environments[entry.name].spec.create(seeds, **options)


def command(manifest: Manifest) -> str:
    """The command that makes a run again, quoted for a shell; without options that have their defaults."""
    protocol = manifest.protocol
    words = ["policybench", "run", "--principal", manifest.principal.name, "--env", manifest.environment.name]
    words += ["--protocol", protocol.name]
    if protocol.label != protocol.name:
        words += ["--seeds", str(len(protocol.seeds)), "--steps", str(protocol.steps)]
    found = registry()
    for flag, entry, plugin in (
        ("-p", manifest.principal, found.principals.get(manifest.principal.name)),
        ("-e", manifest.environment, found.environments.get(manifest.environment.name)),
    ):
        values = {name: _value(value) for name, value in entry.options.items()}
        if plugin is not None and {option.name for option in plugin.spec.options} <= set(values):
            values = changed(values, plugin.spec.options)
        given = {name: value for name, value in values.items() if value is not None}
        words += [word for name, value in given.items() for word in (flag, f"{name}={text(value)}")]
    return shlex.join(words)


def text(value: Any) -> str:
    """An option's value as it is given on the command line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return str(value)


def _value(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
