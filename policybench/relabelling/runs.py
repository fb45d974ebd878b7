"""Recorded actions of a relabelled run in the environment's own numbers, which mean the same in every seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from policybench.arrays import Floats
from policybench.recorded import recorded_environment
from policybench.relabelling.option import RELABEL
from policybench.store import FinalRecord, StoredRun
from policybench.store.manifest import PluginEntry


def is_relabelled(environment: PluginEntry) -> bool:
    """Whether a manifest's environment has relabelled actions."""
    return environment.options.get(RELABEL.name) is not None


def plain_entry(environment: PluginEntry) -> PluginEntry:
    """The same environment without relabelling."""
    options = {name: value for name, value in environment.options.items() if name != RELABEL.name}
    return environment.model_copy(update={"options": options})


def plain_run(run: StoredRun) -> StoredRun:
    """The run with the actions that the environment met; a run that is not relabelled as it is.

    Raises:
        InputError: the run is relabelled and its environment is not installed, or refuses the options.
    """
    manifest = run.manifest
    if not is_relabelled(manifest.environment) or not len(run.steps):
        return run
    seeds = manifest.protocol.seeds
    problems = recorded_environment(manifest.environment, seeds).problems
    to_plain: dict[int, Callable[[Floats], Floats]] = {
        seed: problem.relabelling.to_plain
        for seed, problem in zip(seeds, problems, strict=True)
        if problem.relabelling is not None
    }
    actions = run.steps.actions.copy()
    for seed, translate in to_plain.items():
        rows = run.steps.seed == seed
        actions[rows] = translate(actions[rows])

    def translated(record: FinalRecord) -> FinalRecord:
        action = to_plain[record.seed](np.array(record.action, dtype=np.float64))
        return record.model_copy(update={"action": action.tolist()})

    return replace(run, steps=replace(run.steps, actions=actions), final=[translated(each) for each in run.final])
