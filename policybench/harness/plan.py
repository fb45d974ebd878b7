"""What a run consists of, made from what a user asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from policybench.environment import Environment
from policybench.errors import InputError
from policybench.final_evaluations import final_steps
from policybench.harness.panel import Panel
from policybench.options import Value, parse_options
from policybench.plugins import Plugin, registry
from policybench.problem import Problem
from policybench.protocol import FINAL_EVALUATIONS, Protocol
from policybench.recorded import as_json, plugin_entry, reference_payoffs
from policybench.sharded import ShardedEnvironment
from policybench.specs import EnvironmentSpec, PrincipalSpec
from policybench.store import Manifest
from policybench.store.manifest import (
    PartEntry,
    PluginEntry,
    ProtocolEntry,
    installed_versions,
    now,
    this_machine,
)
from policybench.threads import usable_cores


@dataclass(frozen=True)
class Request:
    """What a user asks for.

    Attributes:
        principal: its name.
        environment: its name.
        protocol: seeds and budget.
        principal_options: either values by name, ``{"c": 0.2}``, or texts as on the command line, ``["c=0.2"]``.
        environment_options: likewise.
        out: the folder that runs go to; each has a folder of its own below it.
        workers: threads to evaluate with; 0 stands for one a core.
    """

    principal: str
    environment: str
    protocol: Protocol
    principal_options: Sequence[str] | Mapping[str, Any] = ()
    environment_options: Sequence[str] | Mapping[str, Any] = ()
    out: Path = Path("runs")
    workers: int = 0


@dataclass(frozen=True)
class RunPlan:
    """All that a run needs; a context manager, after which the environments are closed.

    Attributes:
        environment: evaluates the actions of the steps.
        final: evaluates the final recommendations; the same environment, or one with other options.
        panel: the principals, one a seed.
        manifest: what the run is made with.
        all_seeds: makes an environment for final evaluations with the seeds of every part of the run.
    """

    environment: Environment
    final: Environment
    panel: Panel
    manifest: Manifest
    all_seeds: Callable[[], Environment]

    def final_steps(self) -> list[list[int]]:
        """The steps at which the recommendations are evaluated, a list a seed; in parts as in one piece."""
        protocol = self.manifest.protocol
        if protocol.part is None or self.final.contexts(protocol.steps) is None:
            return final_steps(self.final, protocol.steps)
        # Whether contexts are too rare to meet each of them often enough is a matter of all seeds.
        with closing(self.all_seeds()) as environment:
            wanted = final_steps(environment, protocol.steps)
        return [wanted[protocol.part.seeds.index(seed)] for seed in protocol.seeds]

    def __enter__(self) -> RunPlan:
        """The plan itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the environments, however the run ended."""
        try:
            self.environment.close()
        finally:
            if self.final is not self.environment:
                self.final.close()


@dataclass(frozen=True)
class Choice:
    """The plugins that a request names, with the value of every option."""

    principal: Plugin[PrincipalSpec]
    principal_options: dict[str, Value]
    environment: Plugin[EnvironmentSpec]
    environment_options: dict[str, Value]

    @property
    def entries(self) -> tuple[PluginEntry, PluginEntry]:
        """What the manifest says of principal and environment."""
        return (
            plugin_entry(self.principal, self.principal_options),
            plugin_entry(self.environment, self.environment_options),
        )


def choose(request: Request) -> Choice:
    """Look up the plugins that a request names, and check its options.

    Raises:
        InputError: no plugin has that name, an option is not allowed, or the run cannot be made in parts.
    """
    plugins = registry()
    principal, environment = plugins.principal(request.principal), plugins.environment(request.environment)
    if request.protocol.part is not None and principal.spec.shares_between_seeds:
        raise InputError(
            f"--part {request.protocol.part}: --principal {request.principal} shares something between its seeds, "
            "so that its runs are made in one piece; leave --part out"
        )
    return Choice(
        principal,
        parse_options(
            f"principal {request.principal}",
            _place("principal", request.principal_options),
            request.principal_options,
            principal.spec.options,
        ),
        environment,
        parse_options(
            f"environment {request.environment}",
            _place("environment", request.environment_options),
            request.environment_options,
            environment.spec.options,
        ),
    )


def make_plan(request: Request, choice: Choice) -> RunPlan:
    """Create the environment and the principals of a run.

    Raises:
        InputError: principal and environment do not fit together, or one of them refuses an option.
    """
    seeds = request.protocol.seed_numbers
    environment, final = _environments(choice, seeds, request.workers or usable_cores())
    with ExitStack() as made:
        made.callback(final.close)
        made.callback(environment.close)
        problem = environment.problem
        panel = Panel(choice.principal, environment.problems, seeds, choice.principal_options)
        if panel.needs_gradient and not problem.has_gradient:
            raise InputError(
                f"--principal {request.principal} needs the gradient of the payoff, which --env "
                f"{request.environment} cannot give; choose another principal or environment"
            )
        manifest = _manifest(request.protocol, choice, problem, panel)
        plan = RunPlan(environment, final, panel, manifest, partial(_all_seeds, choice, request.protocol.seeds))
        made.pop_all()
    return plan


def _place(kind: str, options: Sequence[str] | Mapping[str, Any]) -> str:
    """Where options were given, for messages: ``-p``, or the name of the argument."""
    return f"{kind}_options:" if isinstance(options, Mapping) else f"-{kind[0]}"


def _environments(choice: Choice, seeds: list[int], workers: int) -> tuple[Environment, Environment]:
    """The environment of the steps, and the one of the final evaluations."""
    spec, options = choice.environment.spec, choice.environment_options
    environment = ShardedEnvironment(spec, seeds, workers, options)
    if not spec.final_options:
        return environment, environment
    try:
        return environment, ShardedEnvironment(spec, seeds, workers, options | dict(spec.final_options))
    except BaseException:
        environment.close()
        raise


def _all_seeds(choice: Choice, n_seeds: int) -> Environment:
    spec = choice.environment.spec
    options = choice.environment_options | dict(spec.final_options)
    return ShardedEnvironment(spec, range(n_seeds), 1, options)


def _manifest(protocol: Protocol, choice: Choice, problem: Problem, panel: Panel) -> Manifest:
    principal, environment = choice.entries
    return Manifest(
        status="running",
        principal=principal,
        environment=environment,
        protocol=ProtocolEntry(
            name=protocol.name,
            label=protocol.label(problem.steps),
            seeds=protocol.seed_numbers,
            steps=protocol.budget(problem.steps),
            final_evaluations=FINAL_EVALUATIONS,
            final_options=as_json(choice.environment.spec.final_options),
            part=_part(protocol),
        ),
        reference=reference_payoffs(problem),
        versions=installed_versions(),
        machine=this_machine(),
        hosted=panel.hosted,
        created=now(),
    )


def _part(protocol: Protocol) -> PartEntry | None:
    part = protocol.part
    if part is None:
        return None
    return PartEntry(number=part.number, count=part.count, seeds=list(range(protocol.seeds)))
