"""The table of a run's steps, and the one of its final evaluations: a row a seed and step."""

from __future__ import annotations

from typing import Any

import numpy as np

from policybench.analysis.metrics import normalised
from policybench.arrays import Floats
from policybench.data.facts import as_json, facts
from policybench.data.schema import EVALUATIONS, PAYOFF, RUN, STEPS, Column, Table, numbered
from policybench.store import FinalRecord, StoredRun
from policybench.store.filled import NOTES

_PLACE = (Column("seed", "integer", "the seed"), Column("step", "integer", "the principal step, from 0"))


def columns(action_dim: int, context_dim: int, *, final: bool) -> tuple[Column, ...]:
    """The columns of steps, or of final evaluations, with so many entries of actions and contexts."""
    numbers = (*numbered("context", context_dim), *numbered("action", action_dim))
    own = EVALUATIONS if final else STEPS
    return (*RUN, *_PLACE, *numbers, *PAYOFF, *own)


def step_table(run: StoredRun) -> Table:
    """A row a seed and recorded step, in the order of the log; steps that a seed has not done are left out."""
    log = run.steps
    values = {
        "seed": log.seed.tolist(),
        "step": log.step.tolist(),
        **_numbered("context", log.contexts),
        **_numbered("action", log.actions),
        "payoff": log.payoffs.tolist(),
        "score": _scores(run, log.payoffs),
        "training_timesteps": log.training.tolist(),
        "validation_timesteps": log.validation.tolist(),
        "seconds": log.seconds.tolist(),
        "filled": [notes == NOTES for notes in log.notes],
        "failed": [notes.get("failed") is True for notes in log.notes],
        "notes": [as_json(dict(notes)) for notes in log.notes],
    }
    return _table(run, values, log.actions.shape[-1], log.contexts, final=False)


def final_table(run: StoredRun) -> Table:
    """A row an evaluation of a seed's final recommendation; none while the run is unfinished."""
    records: list[FinalRecord] = run.final
    contexts = None
    if records and records[0].context is not None:
        contexts = np.array([record.context for record in records])
    actions = np.array([record.action for record in records])
    payoffs = np.array([record.payoff for record in records])
    values = {
        "seed": [record.seed for record in records],
        "step": [record.step for record in records],
        **_numbered("context", contexts),
        **_numbered("action", actions),
        "payoff": payoffs.tolist(),
        "score": _scores(run, payoffs),
        "training_timesteps": [record.timesteps.training for record in records],
        "validation_timesteps": [record.timesteps.validation for record in records],
        "evaluation": [record.evaluation for record in records],
    }
    return _table(run, values, actions.shape[-1], contexts, final=True)


def _table(
    run: StoredRun, values: dict[str, Any], action_dim: int, contexts: Floats | None, *, final: bool
) -> Table:
    same = {name: [value] * len(values["seed"]) for name, value in facts(run).items()}
    context_dim = 0 if contexts is None else contexts.shape[-1]
    return Table(columns(action_dim, context_dim, final=final), same | values)


def _numbered(name: str, numbers: Floats | None) -> dict[str, list[float]]:
    if numbers is None or numbers.ndim != 2:
        return {}
    return {f"{name}_{i}": column for i, column in enumerate(numbers.T.tolist())}


def _scores(run: StoredRun, payoffs: Floats) -> list[float | None]:
    reference = run.manifest.reference
    if reference.floor is None or reference.ceiling is None:
        return [None] * len(payoffs)
    scores: list[float | None] = normalised(payoffs, reference.floor, reference.ceiling).tolist()
    return scores
