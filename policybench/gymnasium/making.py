"""Makes environments for learners, and the record of what they do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from policybench.environment import Environment
from policybench.errors import InputError
from policybench.gymnasium.recording import Recorder, Recording
from policybench.gymnasium.single import PolicyEnv
from policybench.gymnasium.steps import Steps
from policybench.gymnasium.vector import PolicyVectorEnv
from policybench.options import parse_options
from policybench.plugins import registry
from policybench.problem import Problem
from policybench.protocol import FINAL_EVALUATIONS, MOST_SEEDS, Protocol, make_protocol
from policybench.recorded import as_json, plugin_entry, reference_payoffs
from policybench.sharded import ShardedEnvironment
from policybench.specs import EnvironmentSpec
from policybench.store.manifest import (
    Manifest,
    PluginEntry,
    ProtocolEntry,
    installed_versions,
    now,
    this_machine,
)
from policybench.threads import usable_cores

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def make(
    environment: str,
    *,
    seed: int = 0,
    protocol: str = "quick",
    steps: int | None = None,
    record: str | Path | Recording | None = None,
    **options: Any,
) -> PolicyEnv:
    """One seed of an environment as a ``gymnasium.Env``.

    Args:
        environment: its name; ``policybench list environments`` shows all.
        seed: of the environment's luck.
        protocol: ``smoke``, ``quick`` or ``paper``, whose budget an episode has.
        steps: principal steps of an episode, instead of the protocol's.
        record: a folder, or more about what is recorded: keeps the first episode as a run. Then no step comes
            again, whatever is reset, and ``finish`` ends the run.
        options: of the environment.

    Returns:
        The environment; its action space has shape [action_dim], and its observations are dictionaries.

    Raises:
        InputError: an argument is not allowed; the message says what is.

    >>> from policybench.gymnasium import make
    >>> make("escape-room", agents=3).action_space.shape
    (3,)
    """
    recording = _recording(record)
    n_seeds = 1 if recording is None else recording.seeds or 1
    if seed < 0 or (recording is not None and seed >= n_seeds):
        allowed = "0 or more" if recording is None else f"0 to {n_seeds - 1}, as the recording has seeds={n_seeds}"
        raise InputError(f"seed {seed}: takes {allowed}")
    chosen = make_protocol(protocol, n_seeds, steps)
    return PolicyEnv(_steps(environment, options, [seed], chosen, recording, workers=1))


def make_vec(
    environment: str,
    *,
    seeds: int | None = None,
    protocol: str = "quick",
    steps: int | None = None,
    record: str | Path | Recording | None = None,
    workers: int = 0,
    **options: Any,
) -> PolicyVectorEnv:
    """Several seeds of an environment as a ``gymnasium.vector.VectorEnv``, evaluated in one batch.

    Seeds of a run are independent repetitions. One learner that learns from all of them at once sees more than
    one seed's samples: what it is recorded as having learned is then not comparable with other runs.

    Args:
        environment: its name.
        seeds: how many, from 0 on; the protocol's unless given.
        protocol: ``smoke``, ``quick`` or ``paper``, whose budget an episode has.
        steps: principal steps of an episode, instead of the protocol's.
        record: as for ``make``; all seeds are recorded.
        workers: threads to evaluate with; 0 stands for one a core. It changes no result.
        options: of the environment.

    Returns:
        The environment; actions have shape [n_seeds, action_dim].

    Raises:
        InputError: an argument is not allowed; the message says what is.
    """
    chosen = make_protocol(protocol, seeds, steps)
    recording = _recording(record)
    if recording is not None and recording.seeds not in (None, chosen.seeds):
        raise InputError(f"record: has seeds={recording.seeds}, the environment has {chosen.seeds}")
    found = _steps(environment, options, list(range(chosen.seeds)), chosen, recording, workers or usable_cores())
    return PolicyVectorEnv(found, chosen.seeds)


def _recording(record: str | Path | Recording | None) -> Recording | None:
    recording = Recording(record) if isinstance(record, str | Path) else record
    if recording is None:
        return None
    if not _NAME.fullmatch(recording.principal):
        raise InputError(
            f"record: principal {recording.principal!r}: takes lower-case letters, digits and hyphens"
        )
    if recording.principal in registry().principals:
        raise InputError(f"record: principal {recording.principal!r} is installed; name the learner otherwise")
    if recording.seeds is not None and not 1 <= recording.seeds <= MOST_SEEDS:
        raise InputError(f"record: seeds {recording.seeds}: takes an integer from 1 to {MOST_SEEDS}")
    return replace(recording, folder=Path(recording.folder))


def _check_one_space(name: str, problem: Problem) -> None:
    """Raise ``InputError`` if each seed has an action space of its own: a Gymnasium environment has one."""
    space = problem.action_space
    if problem.relabelling is not None and not (np.ptp(space.low) == np.ptp(space.high) == 0):
        raise InputError(
            f"options: relabel: the numbers of {name}'s action have different bounds, so that seeds would have "
            "different action spaces; leave it out"
        )


def _steps(
    name: str,
    options: Mapping[str, Any],
    seeds: Sequence[int],
    protocol: Protocol,
    recording: Recording | None,
    workers: int,
) -> Steps:
    plugin = registry().environment(name)
    values = parse_options(f"environment {name}", "options:", options, plugin.spec.options)
    make_environment = _maker(plugin.spec, values, workers)
    problem = make_environment([0]).problem
    _check_one_space(name, problem)
    budget = protocol.budget(problem.steps)
    if recording is None:
        return Steps(make_environment, seeds, budget, None)
    manifest = Manifest(
        status="running",
        principal=_learner(recording),
        environment=plugin_entry(plugin, values),
        protocol=ProtocolEntry(
            name=protocol.name,
            label=protocol.label(problem.steps),
            seeds=list(range(protocol.seeds)),
            steps=budget,
            final_evaluations=FINAL_EVALUATIONS,
            final_options=as_json(plugin.spec.final_options),
        ),
        reference=reference_payoffs(problem),
        versions=installed_versions(),
        machine=this_machine(),
        external=True,
        created=now(),
    )
    path = (
        Path(recording.folder)
        / manifest.environment.variant
        / manifest.principal.variant
        / manifest.protocol.label
    )
    final = _maker(plugin.spec, values | dict(plugin.spec.final_options), workers)
    return Steps(make_environment, seeds, budget, Recorder(path, manifest, seeds, final))


def _maker(
    spec: EnvironmentSpec, options: Mapping[str, Any], workers: int
) -> Callable[[Sequence[int]], Environment]:
    def made(seeds: Sequence[int]) -> Environment:
        return ShardedEnvironment(spec, seeds, workers, dict(options))

    return made


def _learner(recording: Recording) -> PluginEntry:
    try:
        installed = version(recording.library)
    except PackageNotFoundError:
        raise InputError(f"record: library {recording.library!r} is not an installed distribution") from None
    return PluginEntry(
        name=recording.principal,
        variant=recording.principal,
        distribution=recording.library,
        version=installed,
        entry_point=recording.library.replace("-", "_"),
        options=as_json(recording.options),
    )
