"""policybench: which method designs policy best, and from how few samples?

The front door: the names that every plugin needs, and ``run``, ``load`` and ``compare`` for scripts and notebooks.
Further toolkits for plugins are public, too; ``policybench.surface`` lists them, and ``docs/interface.md`` has a
sentence on each of their names. Everything else is private and may change at any time.

Names are imported when they are first used, so that ``policybench --help`` stays fast.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policybench.actions import check_action, check_actions
    from policybench.arrays import Array, Floats
    from policybench.ask_tell import AskTell
    from policybench.contexts import context_key
    from policybench.environment import Environment
    from policybench.errors import InputError, StopRunError
    from policybench.hookspecs import hookimpl
    from policybench.observer import ObservedRun, Observer
    from policybench.options import Option
    from policybench.outcome import Outcome, Timesteps
    from policybench.principal import Principal
    from policybench.problem import Description, Dimension, Problem, Reference
    from policybench.references import load_references
    from policybench.runs import Run, compare, load, run
    from policybench.specs import CommandSpec, EnvironmentSpec, ExecutorSpec, ObserverSpec, PrincipalSpec
    from policybench.workspace import Workspace

__version__: str
"""Of the installed distribution."""

_HOME = {
    "Array": "arrays",
    "AskTell": "ask_tell",
    "CommandSpec": "specs",
    "Description": "problem",
    "Dimension": "problem",
    "Environment": "environment",
    "EnvironmentSpec": "specs",
    "ExecutorSpec": "specs",
    "Floats": "arrays",
    "InputError": "errors",
    "ObservedRun": "observer",
    "Observer": "observer",
    "ObserverSpec": "specs",
    "Option": "options",
    "Outcome": "outcome",
    "Principal": "principal",
    "PrincipalSpec": "specs",
    "Problem": "problem",
    "Reference": "problem",
    "Run": "runs",
    "StopRunError": "errors",
    "Timesteps": "outcome",
    "Workspace": "workspace",
    "check_action": "actions",
    "check_actions": "actions",
    "compare": "runs",
    "context_key": "contexts",
    "hookimpl": "hookspecs",
    "load": "runs",
    "load_references": "references",
    "run": "runs",
}

__all__ = [
    "Array",
    "AskTell",
    "CommandSpec",
    "Description",
    "Dimension",
    "Environment",
    "EnvironmentSpec",
    "ExecutorSpec",
    "Floats",
    "InputError",
    "ObservedRun",
    "Observer",
    "ObserverSpec",
    "Option",
    "Outcome",
    "Principal",
    "PrincipalSpec",
    "Problem",
    "Reference",
    "Run",
    "StopRunError",
    "Timesteps",
    "Workspace",
    "check_action",
    "check_actions",
    "compare",
    "context_key",
    "hookimpl",
    "load",
    "load_references",
    "run",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return version("policybench")
    if name not in _HOME:
        raise AttributeError(f"module 'policybench' has no attribute {name!r}")
    return getattr(import_module(f"policybench.{_HOME[name]}"), name)
