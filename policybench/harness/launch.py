"""From names and options to a run: what the command line does, for use from Python too."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policybench.errors import InputError
from policybench.harness.panel import Panel
from policybench.harness.runner import Progress, Task, run
from policybench.harness.sharded import ShardedEnvironment
from policybench.options import Option, changed, parse_options
from policybench.plugins import Plugin, registry
from policybench.protocol import FINAL_EVALUATIONS, Protocol
from policybench.specs import EnvironmentSpec, PrincipalSpec
from policybench.store import Manifest, RunFolder
from policybench.store.manifest import (
    PluginEntry,
    ProtocolEntry,
    ReferencePayoffs,
    installed_versions,
    now,
    this_machine,
)
from policybench.variant import variant_name


@dataclass(frozen=True)
class Request:
    """What a user asked for; option texts are ``name=value``."""

    principal: str
    environment: str
    protocol: Protocol
    principal_options: Sequence[str] = ()
    environment_options: Sequence[str] = ()
    out: Path = Path("runs")
    workers: int = 0


def launch(
    request: Request,
    progress: Progress,
    *,
    fresh: bool = False,
    preparing: Callable[[Callable[[], None]], None] = lambda prepare: prepare(),
) -> Path:
    """Begin, continue or just find the run that was asked for; returns its folder, finished.

    Args:
        request: the run.
        progress: is told of each step.
        fresh: whether to start over.
        preparing: calls what it is given, which may take long, and may say so.

    Raises:
        InputError: anything the user can mend.
        StopRunError: a principal cannot go on now; the same request continues the run.
    """
    plugins = registry()
    principal, environment = plugins.principal(request.principal), plugins.environment(request.environment)
    principal_options = parse_options(
        f"principal {request.principal}", "-p", request.principal_options, principal.spec.options
    )
    environment_options = parse_options(
        f"environment {request.environment}", "-e", request.environment_options, environment.spec.options
    )
    seeds = list(range(request.protocol.seeds))
    workers = request.workers or usable_cores()
    sharded = ShardedEnvironment(environment.spec, seeds, workers, environment_options)
    final = sharded
    if environment.spec.final_options:
        final_options = environment_options | dict(environment.spec.final_options)
        final = ShardedEnvironment(environment.spec, seeds, workers, final_options)
    problem = sharded.problem
    panel = Panel(principal, problem, seeds, principal_options)
    if panel.needs_gradient and not problem.has_gradient:
        raise InputError(
            f"--principal {request.principal} needs the gradient of the payoff, which --env "
            f"{request.environment} cannot give; choose another principal or environment"
        )
    manifest = Manifest(
        status="running",
        principal=plugin_entry(principal, principal_options),
        environment=plugin_entry(environment, environment_options),
        protocol=ProtocolEntry(
            name=request.protocol.name,
            label=request.protocol.label(problem.steps),
            seeds=seeds,
            steps=request.protocol.budget(problem.steps),
            final_evaluations=FINAL_EVALUATIONS,
            final_options=_plain(environment.spec.final_options),
        ),
        reference=ReferencePayoffs(
            floor=problem.floor.payoff if problem.floor else None,
            ceiling=problem.ceiling.payoff if problem.ceiling else None,
        ),
        versions=installed_versions(),
        machine=this_machine(),
        hosted=panel.hosted,
        created=now(),
    )
    path = request.out / manifest.environment.variant / manifest.principal.variant / manifest.protocol.label
    with RunFolder(path) as folder:
        if fresh:
            folder.clear()
        manifest = folder.open(manifest)
        if manifest.status == "running":
            preparing(sharded.prepare)
            with panel.attached(path):
                run(Task(sharded, final, panel, manifest), folder, progress)
    return path


def usable_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def plugin_entry(
    plugin: Plugin[PrincipalSpec] | Plugin[EnvironmentSpec], options: Mapping[str, Any]
) -> PluginEntry:
    """What manifests say of a plugin and its options."""
    options = _defining(options, plugin.spec.options)
    return PluginEntry(
        name=plugin.spec.name,
        variant=variant_name(plugin.spec.name, changed(options, plugin.spec.options)),
        distribution=plugin.distribution,
        version=plugin.version,
        options=_plain(options),
    )


def _defining(options: Mapping[str, Any], declared: Iterable[Option]) -> dict[str, Any]:
    """The options that define a run; operational ones with their defaults, whatever was given."""
    return {option.name: option.default if option.operational else options[option.name] for option in declared}


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as they read back from JSON: a run's configuration is compared with that of its folder."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(options)))
    return plain
