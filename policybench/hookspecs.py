"""The hooks that a plugin may implement; it registers itself in the entry-point group ``policybench``."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from policybench.specs import CommandSpec, EnvironmentSpec, ExecutorSpec, ObserverSpec, PrincipalSpec

hookspec = pluggy.HookspecMarker("policybench")
hookimpl = pluggy.HookimplMarker("policybench")
"""Marks a function of a plugin as the implementation of the hook of the same name."""


@hookspec
def policybench_principals() -> Iterable[PrincipalSpec]:  # type: ignore[empty-body]
    """Yield a spec for each principal that this plugin offers."""


@hookspec
def policybench_environments() -> Iterable[EnvironmentSpec]:  # type: ignore[empty-body]
    """Yield a spec for each environment that this plugin offers."""


@hookspec
def policybench_commands() -> Iterable[CommandSpec]:  # type: ignore[empty-body]
    """Yield a spec for each command that this plugin adds to ``policybench``."""


@hookspec
def policybench_executors() -> Iterable[ExecutorSpec]:  # type: ignore[empty-body]
    """Yield a spec for each executor that this plugin offers."""


@hookspec
def policybench_observers() -> Iterable[ObserverSpec]:  # type: ignore[empty-body]
    """Yield a spec for each observer that this plugin offers."""
