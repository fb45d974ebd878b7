"""Measuring a landscape: every action of a design, with the same seeds and steps; it can be interrupted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from policybench.arrays import Floats
from policybench.contexts import context_key
from policybench.errors import InputError
from policybench.landscape.records import (
    MANIFEST,
    PAYOFFS,
    LandscapeManifest,
    PayoffRecord,
    read_manifest,
    read_payoffs,
)
from policybench.plugins import Plugin
from policybench.problem import Problem
from policybench.recorded import plugin_entry
from policybench.sharded import ShardedEnvironment
from policybench.specs import EnvironmentSpec
from policybench.store.files import locked_folder, replace_file
from policybench.store.lines import dump_lines, keep_lines
from policybench.store.manifest import ReferencePayoffs, installed_versions, now, this_machine

_FIRST_STEP = 3_000_000
"""Steps from here on are ones that no protocol uses."""

MOST_ACTIONS = 100_000
"""Of a landscape; each of them is evaluated for every seed."""

_MOST_STEPS = 1000
"""Steps to look through until every context has come up often enough."""


@dataclass(frozen=True)
class Design:
    """Which actions: either a grid of ``levels`` equidistant levels a dimension or so many ``random`` ones."""

    levels: int | None
    random: int | None
    seeds: int

    def actions(self, problem: Problem) -> Floats:
        """[n_actions, action_dim]; the last dimension counts fastest.

        Raises:
            InputError: there are too many.
        """
        space, dim = problem.action_space, problem.action_dim
        number = self.random or 0 if self.levels is None else self.levels**dim
        if number > MOST_ACTIONS:
            levels = int(MOST_ACTIONS ** (1 / dim) + 1e-9)
            asked = (
                f"--random {number}"
                if self.levels is None
                else f"--levels {self.levels}: makes {number:,} actions"
            )
            raise InputError(f"{asked}; allowed are {MOST_ACTIONS:,} actions, which is a grid of {levels} levels")
        if self.levels is None:
            unit = np.random.default_rng(0).random((self.random or 0, dim))
        else:
            index = np.unravel_index(np.arange(self.levels**dim), (self.levels,) * dim)
            unit = np.stack(index, axis=1) / (self.levels - 1)
        actions: Floats = np.asarray(space.low + unit * (space.high - space.low), dtype=np.float64)
        return np.clip(actions, space.low, space.high)

    @property
    def name(self) -> str:
        """As a folder is called."""
        size = f"random={self.random}" if self.levels is None else f"levels={self.levels}"
        return f"{size},seeds={self.seeds}"


def measure(
    plugin: Plugin[EnvironmentSpec],
    options: Mapping[str, Any],
    design: Design,
    folder: Path,
    *,
    workers: int,
    fresh: bool = False,
    preparing: Callable[[Callable[[], None]], None] = lambda prepare: prepare(),
    begin: Callable[[int, int], None] = lambda done, total: None,
    tick: Callable[[], None] = lambda: None,
) -> Path:
    """Measure a landscape, or what is left of it.

    Args:
        plugin: the environment.
        options: its options.
        design: which actions and how many seeds.
        folder: where landscapes go; this one's own folder is made in it.
        workers: threads.
        fresh: whether to start over.
        preparing: calls what it is given, which may take long, and may say so.
        begin: is told how many actions are done, and how many there are.
        tick: is called after each action.

    Returns:
        The landscape's folder, complete.

    Raises:
        InputError: the folder cannot be written, is in use or holds another landscape.
    """
    environment = ShardedEnvironment(plugin.spec, range(design.seeds), workers, dict(options))
    planned = _manifest(plugin, options, design, environment)
    path = folder / planned.environment.variant / design.name
    with locked_folder(path):
        if fresh:
            (path / PAYOFFS).unlink(missing_ok=True)
            (path / MANIFEST).unlink(missing_ok=True)
        manifest = _open(path, planned)
        _fill(path, manifest, environment, preparing, begin, tick)
    return path


def _manifest(
    plugin: Plugin[EnvironmentSpec], options: Mapping[str, Any], design: Design, environment: ShardedEnvironment
) -> LandscapeManifest:
    problem = environment.problem
    return LandscapeManifest(
        environment=plugin_entry(plugin, options),
        levels=design.levels,
        random=design.random if design.levels is None else None,
        seeds=list(range(design.seeds)),
        steps=_steps(environment, design.seeds),
        actions=design.actions(problem).tolist(),
        low=problem.action_space.low.tolist(),
        high=problem.action_space.high.tolist(),
        reference=ReferencePayoffs(
            floor=problem.floor.payoff if problem.floor else None,
            ceiling=problem.ceiling.payoff if problem.ceiling else None,
        ),
        versions=installed_versions(),
        machine=this_machine(),
        created=now(),
    )


def _steps(environment: ShardedEnvironment, seeds: int) -> list[int]:
    """One step, or as many as it takes until every context has come up as often as there are seeds."""
    if environment.contexts(_FIRST_STEP) is None:
        return [_FIRST_STEP]
    drawn = [
        [context_key(context) for context in environment.contexts(_FIRST_STEP + i)]  # type: ignore[union-attr]
        for i in range(_MOST_STEPS)
    ]
    known = {key for keys in drawn for key in keys}
    seen: Counter[str] = Counter()
    for number, keys in enumerate(drawn, start=1):
        seen.update(keys)
        if all(seen[key] >= seeds for key in known):
            return list(range(_FIRST_STEP, _FIRST_STEP + number))
    return list(range(_FIRST_STEP, _FIRST_STEP + _MOST_STEPS))


def _open(path: Path, manifest: LandscapeManifest) -> LandscapeManifest:
    if not (path / MANIFEST).exists():
        (path / PAYOFFS).unlink(missing_ok=True)
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
    preparing: Callable[[Callable[[], None]], None],
    begin: Callable[[int, int], None],
    tick: Callable[[], None],
) -> None:
    """Evaluate the actions that are missing, appending the lines of a whole action at a time."""
    done = read_payoffs(path, manifest)
    keep_lines(path / PAYOFFS, len(done))
    first = len(done) // (len(manifest.seeds) * len(manifest.steps))
    if first < len(manifest.actions):
        preparing(environment.prepare)
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
