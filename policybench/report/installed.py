"""What an environment says about itself, for reports of runs whose plugin may not be installed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policybench.plugins import Plugin, registry
from policybench.problem import Problem
from policybench.recorded import changed_options, recorded_environment, run_command
from policybench.relabelling.runs import plain_entry
from policybench.store import Manifest
from policybench.store.manifest import PluginEntry


@dataclass(frozen=True)
class Installed:
    """The environment of a run as it is installed here.

    Attributes:
        problem: its task, without relabelling; None if it is not installed or refuses the run's options.
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
        return Installed(recorded_environment(plain_entry(entry), [0]).problem, plugin.version, "")
    except Exception as error:  # noqa: BLE001 - a stranger's plugin may fail in any way
        return Installed(None, plugin.version, f"{type(error).__name__}: {error}")


def command(manifest: Manifest) -> str:
    """The command that makes a run again, quoted for a shell; without options that have their defaults.

    None makes the run of an external learner again; a sentence says so.
    """
    if manifest.external:
        return f"none: a learner of {manifest.principal.distribution} {manifest.principal.version}, recorded"
    found = registry()
    principal, environment = manifest.principal, manifest.environment
    return run_command(
        (principal.name, _changed(principal, found.principals)),
        (environment.name, _changed(environment, found.environments)),
        manifest.protocol,
        manifest.protocol.part,
    )


def _changed(entry: PluginEntry, known: Mapping[str, Plugin[Any]]) -> dict[str, Any]:
    plugin = known.get(entry.name)
    return changed_options(entry, None if plugin is None else plugin.spec.options)
