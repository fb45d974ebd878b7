"""The evaluation loop: contexts, ask, evaluate, tell, append, step after step; then the final recommendations."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import partial
from typing import Protocol

import numpy as np
from pydantic_core import PydanticSerializationError

from policybench.arrays import Floats
from policybench.errors import ContractError
from policybench.final_evaluations import evaluate_recommendations
from policybench.harness.checkpoints import Checkpoints
from policybench.harness.filling import Filling
from policybench.harness.observing import Observers
from policybench.harness.plan import RunPlan
from policybench.harness.repeating import repeat
from policybench.observer import Observer
from policybench.outcome import Outcome
from policybench.recorded import recorded_rows
from policybench.store import Manifest, RunFolder, StepRecord


class Progress(Protocol):
    """Is told how a run goes on."""

    def begin(self, payoffs: Floats, steps: int) -> None:
        """The loop starts; payoffs of the steps that are done, [n_done, n_seeds], and the number of all steps."""

    def repeated(self, done: int, number: int) -> None:
        """Of the steps that are done, so many had to be repeated since the last checkpoint, and so many were."""

    def step(self, payoffs: Floats, timesteps: int) -> None:
        """A step was committed: payoffs [n_seeds], and all timesteps that it took."""

    def recommended(self, done: int, number: int) -> None:
        """So many of the final evaluations of the recommendations are done."""


def run(
    plan: RunPlan,
    folder: RunFolder,
    begun: Manifest,
    progress: Progress,
    observers: Sequence[Observer] = (),
    *,
    seconds_between: float = 0.0,
) -> None:
    """Carry out a run from wherever its folder stands to its end.

    Args:
        plan: all that it needs.
        folder: opened for it.
        begun: the manifest in the folder, which may be that of another process that began the run.
        progress: is told of each step.
        observers: are told of each step, too, and cannot disturb it.
        seconds_between: the least time between two checkpoints, if it is longer than usual.
    """
    protocol = plan.manifest.protocol
    standing = folder.resume(protocol.seeds)
    payoffs = standing.records.payoffs.reshape(-1, len(protocol.seeds))
    done = len(payoffs)
    progress.begin(payoffs, protocol.steps)
    filling = Filling(plan.environment, standing.records[: standing.saved * len(protocol.seeds)])
    repeat(plan, standing, filling, folder, progress.repeated)
    saved = standing.saved
    with Observers(observers, begun, folder.path, standing.records) as watching:
        del standing  # large, and of no more use
        with Checkpoints(folder, plan.panel, protocol.steps, seconds_between) as checkpoints:
            if saved < done == protocol.steps:
                checkpoints.step_ends(done)
            _steps(plan, folder, progress, filling, watching, checkpoints, done)
        final = evaluate_recommendations(
            plan.final,
            plan.final_steps(),
            plan.panel.recommend,
            partial(_check, manifest=plan.manifest),
            progress.recommended,
        )
        folder.finish(begun, final)
        watching.finished(final)


def _steps(
    plan: RunPlan,
    folder: RunFolder,
    progress: Progress,
    filling: Filling,
    watching: Observers,
    checkpoints: Checkpoints,
    done: int,
) -> None:
    """The steps after so many that are done."""
    environment, panel, protocol = plan.environment, plan.panel, plan.manifest.protocol
    for step in range(done, protocol.steps):
        started = time.perf_counter()
        checkpoints.step_begins()
        contexts = environment.contexts(step)
        actions = panel.ask(contexts)
        outcomes = filling.evaluate(step, contexts, actions, panel.ended, gradient=panel.needs_gradient)
        _check(outcomes, plan.manifest)
        panel.tell(actions, outcomes)
        rows = recorded_rows(contexts, actions, outcomes)
        seconds = round((time.perf_counter() - started) / len(outcomes), 6)
        records = [
            StepRecord(step=step, seed=seed, **row, seconds=seconds, notes=notes)
            for seed, row, notes in zip(protocol.seeds, rows, panel.notes(), strict=True)
        ]
        _append(folder, records, panel.name)
        checkpoints.step_ends(step + 1)
        filling.remember(records)
        watching.step(records)
        progress.step(np.array([outcome.payoff for outcome in outcomes]), _total_timesteps(outcomes))


def _append(folder: RunFolder, records: list[StepRecord], principal: str) -> None:
    try:
        folder.append(records)
    except PydanticSerializationError as error:
        raise ContractError(f"{principal}: what notes() returned cannot be written as JSON: {error}") from None


def _check(outcomes: Sequence[Outcome], manifest: Manifest) -> None:
    """Refuse outcomes that are too few, too many, or pay no number."""
    name = f"environment {manifest.environment.name!r} ({manifest.environment.distribution})"
    seeds = manifest.protocol.seeds
    if len(outcomes) != len(seeds):
        raise ContractError(f"{name} returned {len(outcomes)} outcomes for {len(seeds)} seeds")
    for seed, outcome in zip(seeds, outcomes, strict=True):
        if not math.isfinite(outcome.payoff):
            raise ContractError(f"{name} returned the payoff {outcome.payoff} for seed {seed}")


def _total_timesteps(outcomes: Sequence[Outcome]) -> int:
    return sum(outcome.timesteps.training + outcome.timesteps.validation for outcome in outcomes)
