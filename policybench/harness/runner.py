"""The evaluation loop: context, ask, evaluate, tell, step after step; then the final recommendation."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np

from policybench.arrays import Array, Floats
from policybench.environment import Environment
from policybench.errors import ContractError
from policybench.harness.filling import Filling
from policybench.harness.panel import Panel
from policybench.outcome import Outcome
from policybench.store import FinalRecord, Manifest, RunFolder, StepRecord
from policybench.store.records import TimestepsRecord


class Progress(Protocol):
    """Is told how a run goes on."""

    def begin(self, payoffs: Floats, steps: int) -> None:
        """The loop starts; payoffs of the steps that are done, [n_done, n_seeds], and the number of all steps."""

    def step(self, payoffs: Floats, timesteps: int) -> None:
        """A step was committed: payoffs [n_seeds], and all timesteps that it took."""

    def recommended(self, done: int, number: int) -> None:
        """So many of the final evaluations of the recommendations are done."""


@dataclass(frozen=True)
class Task:
    """All that a run consists of; ``final`` is the environment in which recommendations are evaluated."""

    environment: Environment
    final: Environment
    panel: Panel
    manifest: Manifest


def run(task: Task, folder: RunFolder, progress: Progress) -> None:
    """Run a task from wherever its folder stands to its end."""
    environment, panel, protocol = task.environment, task.panel, task.manifest.protocol
    done, state = folder.resume(protocol.seeds)
    if state is not None:
        panel.load_state(state)
    payoffs = np.reshape([record.payoff for record in done], (-1, len(protocol.seeds)))
    filling = Filling(len(protocol.seeds), done)
    progress.begin(payoffs, protocol.steps)
    for step in range(len(payoffs), protocol.steps):
        started = time.perf_counter()
        contexts = environment.contexts(step)
        settled = panel.settled(contexts)
        actions = panel.ask(contexts, settled)
        evaluate = partial(environment.evaluate, step, actions, gradient=panel.needs_gradient)
        outcomes = filling.outcomes(settled, contexts, evaluate)
        _check(outcomes, protocol.seeds, task.manifest)
        panel.tell(actions, outcomes, settled)
        seconds = (time.perf_counter() - started) / len(outcomes)
        records = [
            StepRecord(step=step, seed=seed, **row, seconds=round(seconds, 6), notes=notes)
            for seed, row, notes in zip(
                protocol.seeds, _rows(contexts, actions, outcomes), panel.notes(settled), strict=True
            )
        ]
        folder.append(records, panel.state())
        filling.remember(records)
        progress.step(np.array([outcome.payoff for outcome in outcomes]), _total_timesteps(outcomes))
    folder.finish(task.manifest, _final_evaluations(task, progress))


def _final_evaluations(task: Task, progress: Progress) -> list[FinalRecord]:
    """Evaluate the recommendations afresh, at steps beyond the budget, where no principal ever was."""
    protocol = task.manifest.protocol
    records = []
    for evaluation in range(protocol.final_evaluations):
        progress.recommended(evaluation, protocol.final_evaluations)
        step = protocol.steps + evaluation
        contexts = task.final.contexts(step)
        actions = task.panel.recommend(contexts)
        outcomes = task.final.evaluate(step, actions)
        _check(outcomes, protocol.seeds, task.manifest)
        records += [
            FinalRecord(evaluation=evaluation, seed=seed, step=step, **row)
            for seed, row in zip(protocol.seeds, _rows(contexts, actions, outcomes), strict=True)
        ]
    return records


def _rows(contexts: Array | None, actions: Floats, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """What step log and final evaluations have in common, a row a seed."""
    return [
        {
            "context": None if contexts is None else np.ravel(contexts[i]).tolist(),
            "action": actions[i].tolist(),
            "payoff": float(outcome.payoff),
            "timesteps": TimestepsRecord(
                training=outcome.timesteps.training, validation=outcome.timesteps.validation
            ),
        }
        for i, outcome in enumerate(outcomes)
    ]


def _check(outcomes: Sequence[Outcome], seeds: Sequence[int], manifest: Manifest) -> None:
    name = f"environment {manifest.environment.name!r} ({manifest.environment.distribution})"
    if len(outcomes) != len(seeds):
        raise ContractError(f"{name} returned {len(outcomes)} outcomes for {len(seeds)} seeds")
    for seed, outcome in zip(seeds, outcomes, strict=True):
        if not math.isfinite(outcome.payoff):
            raise ContractError(f"{name} returned the payoff {outcome.payoff} for seed {seed}")


def _total_timesteps(outcomes: Sequence[Outcome]) -> int:
    return sum(outcome.timesteps.training + outcome.timesteps.validation for outcome in outcomes)
