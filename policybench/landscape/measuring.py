"""Measuring a landscape: every action of a design, with the same seeds and steps; it may be interrupted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from policybench.errors import InputError
from policybench.landscape.contexts import check_few, context_keys
from policybench.landscape.design import Design
from policybench.landscape.records import (
    MANIFEST,
    PAYOFFS,
    LandscapeManifest,
    PayoffRecord,
    read_manifest,
    read_payoffs,
)
from policybench.plugins import Plugin
from policybench.recorded import plugin_entry
from policybench.relabelling.option import refuse_relabelled
from policybench.sharded import ShardedEnvironment
from policybench.specs import EnvironmentSpec
from policybench.step_ranges import LANDSCAPES
from policybench.store.files import locked_folder, replace_file
from policybench.store.lines import dump_lines, keep_lines
from policybench.store.manifest import ReferencePayoffs, installed_versions, now, this_machine
from policybench.store.platforms import refuse_other_platform

_MOST_STEPS = 1000
"""Steps to look through until every context has come up often enough."""


def measure(
    plugin: Plugin[EnvironmentSpec],
    options: Mapping[str, Any],
    design: Design,
    folder: Path,
    *,
    workers: int,
    fresh: bool = False,
    begin: Callable[[int, int], None] = lambda done, total: None,
    tick: Callable[[], None] = lambda: None,
) -> Path:
    """Measure a landscape, or what an interrupted measurement left of it.

    Args:
        plugin: the environment.
        options: its options.
        design: which actions, and how many seeds.
        folder: where landscapes are kept; each has a folder of its own in it.
        workers: how many threads evaluate.
        fresh: whether to start over.
        begin: is called once, with the number of actions that are measured already and the number of all.
        tick: is called after each action.

    Returns:
        The landscape's folder, complete.

    Raises:
        InputError: the options relabel the action, the design does not fit the environment, or the folder is in
            use or holds another landscape.
    """
    refuse_relabelled(options)
    with closing(ShardedEnvironment(plugin.spec, range(design.seeds), workers, dict(options))) as environment:
        planned = _manifest(plugin, options, design, environment)
        path = folder / planned.environment.variant / design.name
        with locked_folder(path):
            if fresh:
                (path / PAYOFFS).unlink(missing_ok=True)
                (path / MANIFEST).unlink(missing_ok=True)
            manifest = _open(path, planned)
            _fill(path, manifest, environment, begin, tick)
    return path


def _manifest(
    plugin: Plugin[EnvironmentSpec], options: Mapping[str, Any], design: Design, environment: ShardedEnvironment
) -> LandscapeManifest:
    problem = environment.problem
    return LandscapeManifest(
        environment=plugin_entry(plugin, options),
        levels=design.levels,
        random=design.random,
        names=None if design.given is None else list(design.given),
        seeds=list(range(design.seeds)),
        steps=_steps(environment, design.seeds),
        actions=design.actions(problem).tolist(),
        low=problem.action_space.low.tolist(),
        high=problem.action_space.high.tolist(),
        dimensions=[part.name for part in problem.description.action],
        reference=ReferencePayoffs(
            floor=problem.floor.payoff if problem.floor else None,
            ceiling=problem.ceiling.payoff if problem.ceiling else None,
        ),
        versions=installed_versions(),
        machine=this_machine(),
        created=now(),
    )


def _steps(environment: ShardedEnvironment, seeds: int) -> list[int]:
    """The steps at which each action is evaluated.

    One is enough where there are no contexts; otherwise as many as it takes until every context has come up as
    often as there are seeds.
    """
    candidates = list(LANDSCAPES[:_MOST_STEPS])
    drawn = [context_keys(environment, step) for step in candidates]
    known = {key for keys in drawn for key in keys}
    check_few(known)
    seen: Counter[str] = Counter()
    for number, keys in enumerate(drawn, start=1):
        seen.update(keys)
        if all(seen[key] >= seeds for key in known):
            return candidates[:number]
    return candidates


def _open(path: Path, manifest: LandscapeManifest) -> LandscapeManifest:
    if not (path / MANIFEST).exists():
        left = path / PAYOFFS
        if left.is_file() and left.stat().st_size:
            raise InputError(
                f"{path / MANIFEST}: missing, although there is {PAYOFFS}; restore it, or start over with --fresh"
            )
        replace_file(path / MANIFEST, manifest.model_dump_json(indent=2).encode() + b"\n")
        return read_manifest(path)
    found = read_manifest(path)
    if found.design() != read_back(manifest).design():
        raise InputError(f"{path}: holds a landscape of another environment or version; --fresh starts over")
    return found


def read_back(manifest: LandscapeManifest) -> LandscapeManifest:
    """The manifest as it would be read from its file, where tuples have become lists."""
    return LandscapeManifest.model_validate_json(manifest.model_dump_json())


def _fill(
    path: Path,
    manifest: LandscapeManifest,
    environment: ShardedEnvironment,
    begin: Callable[[int, int], None],
    tick: Callable[[], None],
) -> None:
    """Evaluate the actions that are missing; the lines of an action are appended all at once."""
    done = read_payoffs(path, manifest)
    keep_lines(path / PAYOFFS, len(done))
    first = len(done) // (len(manifest.seeds) * len(manifest.steps))
    if first < len(manifest.actions):
        refuse_other_platform(path, manifest.versions, manifest.machine)
        environment.prepare()
    begin(first, len(manifest.actions))
    for number in range(first, len(manifest.actions)):
        actions = np.tile(manifest.actions[number], (len(manifest.seeds), 1))
        lines: list[PayoffRecord] = []
        for step in manifest.steps:
            contexts = environment.contexts(step)
            lines += [
                PayoffRecord(
                    action=number,
                    step=step,
                    seed=seed,
                    context=None if contexts is None else np.ravel(contexts[row]).tolist(),
                    payoff=float(outcome.payoff),
                )
                for row, (seed, outcome) in enumerate(
                    zip(manifest.seeds, environment.evaluate(step, actions), strict=True)
                )
            ]
        with (path / PAYOFFS).open("ab") as file:
            file.write(dump_lines(lines))
        tick()
