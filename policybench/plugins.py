"""Finds the installed principals, environments, executors, observers and commands."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points, version
from typing import Any, Generic, TypeVar

import pluggy

from policybench import hookspecs
from policybench.errors import InputError, nearest
from policybench.options import Option
from policybench.specs import CommandSpec, EnvironmentSpec, ExecutorSpec, ObserverSpec, PrincipalSpec

__all__ = ["Plugin", "Registry", "registry"]

GROUP = "policybench"

_LOCAL = ExecutorSpec(
    "local",
    "Processes on this machine, which share its cores.",
    "policybench.executors.local:LocalExecutor",
    (Option("jobs", int, 1, "How many processes; each has its share of the cores.", minimum=1, maximum=1024),),
)

Spec = TypeVar("Spec", PrincipalSpec, EnvironmentSpec, ExecutorSpec, ObserverSpec, CommandSpec)


@dataclass(frozen=True)
class Plugin(Generic[Spec]):
    """A spec and the distribution that brought it, through one of its entry points, ``package.module``."""

    spec: Spec
    distribution: str
    version: str
    entry_point: str = "unknown"


@dataclass
class Registry:
    """All installed plugins, by name, in alphabetical order."""

    principals: dict[str, Plugin[PrincipalSpec]] = field(default_factory=dict)
    environments: dict[str, Plugin[EnvironmentSpec]] = field(default_factory=dict)
    commands: dict[str, Plugin[CommandSpec]] = field(default_factory=dict)
    executors: dict[str, Plugin[ExecutorSpec]] = field(default_factory=dict)
    observers: dict[str, Plugin[ObserverSpec]] = field(default_factory=dict)
    clashes: dict[tuple[str, str], str] = field(default_factory=dict)
    """What to do about names that several distributions offer, by kind and name; such a name cannot be used."""

    def principal(self, name: str) -> Plugin[PrincipalSpec]:
        """The principal of that name; raises ``InputError`` with the nearest name if there is none."""
        return self._find("principal", name, self.principals)

    def environment(self, name: str) -> Plugin[EnvironmentSpec]:
        """The environment of that name; raises ``InputError`` with the nearest name if there is none."""
        return self._find("environment", name, self.environments)

    def executor(self, name: str) -> Plugin[ExecutorSpec]:
        """The executor of that name; raises ``InputError`` with the nearest name if there is none."""
        return self._find("executor", name, self.executors)

    def observer(self, name: str) -> Plugin[ObserverSpec]:
        """The observer of that name; raises ``InputError`` with the nearest name if there is none."""
        return self._find("observer", name, self.observers)

    def _find(self, kind: str, name: str, known: dict[str, Plugin[Spec]]) -> Plugin[Spec]:
        if name in known:
            return known[name]
        if (kind, name) in self.clashes:
            raise InputError(self.clashes[kind, name])
        listing = ", ".join(known) if known else "none; is a plugin installed?"
        raise InputError(f"unknown {kind} {name!r}.{nearest(name, known)} Installed: {listing}")


@lru_cache
def registry() -> Registry:
    """Load the entry points of every installed distribution once.

    A plugin that fails to load, or would end the program, is named in a warning and skipped. A name that two
    distributions offer is left out, with a warning; whoever asks for it is told why. What plugins print meanwhile
    goes to standard error, as standard output may be read by a program.
    """
    found = Registry(executors={_LOCAL.name: Plugin(_LOCAL, "policybench", version("policybench"))})
    for entry_point in entry_points(group=GROUP):
        manager = pluggy.PluginManager(GROUP)
        manager.add_hookspecs(hookspecs)
        try:
            with redirect_stdout(sys.stderr):
                manager.register(entry_point.load(), entry_point.name)
                manager.check_pending()
                principals = _gather(manager.hook.policybench_principals, PrincipalSpec)
                environments = _gather(manager.hook.policybench_environments, EnvironmentSpec)
                commands = _gather(manager.hook.policybench_commands, CommandSpec)
                executors = _gather(manager.hook.policybench_executors, ExecutorSpec)
                observers = _gather(manager.hook.policybench_observers, ObserverSpec)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's plugin may fail in any way
            reason = f"{type(error).__name__}: {error}"
            warnings.warn(f"plugin {entry_point.name} of {_label(entry_point)} is skipped: {reason}", stacklevel=2)
            continue
        for principal in principals:
            _add("principal", found.principals, principal, entry_point, found.clashes)
        for environment in environments:
            _add("environment", found.environments, environment, entry_point, found.clashes)
        for command in commands:
            _add("command", found.commands, command, entry_point, found.clashes)
        for executor in executors:
            _add("executor", found.executors, executor, entry_point, found.clashes)
        for observer in observers:
            _add("observer", found.observers, observer, entry_point, found.clashes)
    for (kind, name), message in found.clashes.items():
        getattr(found, f"{kind}s").pop(name)
        warnings.warn(message, stacklevel=2)
    return Registry(
        _sorted(found.principals),
        _sorted(found.environments),
        _sorted(found.commands),
        _sorted(found.executors),
        _sorted(found.observers),
        found.clashes,
    )


def _gather(hook: Callable[[], list[Iterable[Any]]], kind: type[Spec]) -> list[Spec]:
    specs = [spec for specs in hook() for spec in specs]
    for spec in specs:
        if not isinstance(spec, kind):
            raise TypeError(f"expected a {kind.__name__}, got {spec!r}")
    return specs


def _add(
    kind: str,
    known: dict[str, Plugin[Spec]],
    spec: Spec,
    entry_point: EntryPoint,
    clashes: dict[tuple[str, str], str],
) -> None:
    other = known.get(spec.name)
    if other is not None:
        clashes[kind, spec.name] = (
            f"two plugins offer a {kind} named {spec.name!r}: {other.distribution} {other.version} and "
            f"{_label(entry_point)}; uninstall one of them"
        )
    distribution = entry_point.dist
    name, version = (distribution.name, distribution.version) if distribution else ("unknown", "unknown")
    known[spec.name] = Plugin(spec, name, version, entry_point.value)


def _sorted(known: dict[str, Plugin[Spec]]) -> dict[str, Plugin[Spec]]:
    return dict(sorted(known.items()))


def _label(entry_point: EntryPoint) -> str:
    distribution = entry_point.dist
    return f"{distribution.name} {distribution.version}" if distribution else entry_point.value
