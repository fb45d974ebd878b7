"""A run in a few numbers: metrics of its seeds, estimates over them, and what it cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from policybench.analysis.curve import Curve, filled_share
from policybench.analysis.scores import TargetSummary, estimate, score_rows
from policybench.analysis.statistics import Estimate
from policybench.arrays import Floats
from policybench.store import StepRecord, StoredRun, load_run
from policybench.store.filled import is_filled

__all__ = ["SeedSummary", "Summary", "TargetSummary", "curves_of", "final_payoffs", "note_costs", "summarise"]


@dataclass(frozen=True)
class SeedSummary:
    """One seed's numbers; None where the run is unfinished or the environment has no references."""

    seed: int
    convergence_payoff: float
    recommended_payoff: float | None
    recommended_action: list[float] | None
    simple_regret: float | None = None
    score: float | None = None
    anytime_score: float | None = None


@dataclass(frozen=True)
class Summary:
    """One run's numbers; estimates over seeds carry a 95% interval.

    ``score`` and ``anytime_score`` are on a scale from 0, uniformly random actions, to 1, the best known action;
    they and the targets are missing where the environment's references were never measured. ``costs`` are what
    principals noted beside their timesteps, such as calls, tokens and money, summed by name. ``filled_share`` is
    the part of the steps in which nothing was evaluated, because the search had ended
    (``policybench.store.filled``).
    """

    run: str
    status: str
    principal: str
    environment: str
    protocol: str
    seeds: int
    steps: int
    steps_done: int
    convergence_payoff: Estimate | None
    recommended_payoff: Estimate | None
    simple_regret: Estimate | None
    score: Estimate | None
    anytime_score: Estimate | None
    targets: list[TargetSummary]
    training_timesteps: int
    validation_timesteps: int
    seconds: float
    per_seed: list[SeedSummary]
    costs: dict[str, float] = field(default_factory=dict)
    hosted: bool = False
    filled_share: float = 0.0


def summarise(path: Path) -> Summary:
    """Read a run and score it.

    Raises:
        InputError: there is no run, or a file of it is damaged.
    """
    stored = load_run(path)
    manifest, seeds = stored.manifest, stored.manifest.protocol.seeds
    curves = curves_of(stored)
    done = curves[0].n_steps
    rows = stored.steps[: done * len(seeds)]
    scores = score_rows(curves, final_payoffs(stored), manifest.reference.floor, manifest.reference.ceiling)
    return Summary(
        run=str(path),
        status=manifest.status,
        principal=manifest.principal.variant,
        environment=manifest.environment.variant,
        protocol=manifest.protocol.label,
        seeds=len(seeds),
        steps=manifest.protocol.steps,
        steps_done=done,
        convergence_payoff=estimate(scores.convergence_payoff),
        recommended_payoff=estimate(scores.recommended_payoff),
        simple_regret=estimate(scores.simple_regret),
        score=estimate(scores.score),
        anytime_score=estimate(scores.anytime_score),
        targets=scores.targets,
        training_timesteps=sum(row.timesteps.training for row in rows),
        validation_timesteps=sum(row.timesteps.validation for row in rows),
        seconds=sum(row.seconds for row in rows),
        per_seed=[
            SeedSummary(
                seed,
                float(scores.convergence_payoff[i]),
                _item(scores.recommended_payoff, i),
                stored.final[i].action if stored.final else None,
                _item(scores.simple_regret, i),
                _item(scores.score, i),
                _item(scores.anytime_score, i),
            )
            for i, seed in enumerate(seeds)
            if scores.convergence_payoff is not None
        ],
        costs=note_costs(row.notes for row in rows),
        hosted=manifest.hosted,
        filled_share=filled_share(curves),
    )


def curves_of(stored: StoredRun) -> list[Curve]:
    """A run's curves, one a seed in the manifest's order; steps that not every seed has done are left out."""
    n_seeds = len(stored.manifest.protocol.seeds)
    done = len(stored.steps) // n_seeds
    return [_curve(stored.steps[i : done * n_seeds : n_seeds]) for i in range(n_seeds)]


def final_payoffs(stored: StoredRun) -> Floats | None:
    """Payoffs of the final recommendations, [n_seeds, n_evaluations]; None if the run is not finished."""
    if not stored.final:
        return None
    payoffs = np.array([row.payoff for row in stored.final])
    return payoffs.reshape(-1, len(stored.manifest.protocol.seeds)).T


def note_costs(notes: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Sums of the numbers that principals noted as ``cost``, by name: calls, tokens, money."""
    sums: dict[str, float] = defaultdict(float)
    for note in notes:
        cost = note.get("cost")
        for name, value in cost.items() if isinstance(cost, Mapping) else ():
            if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value):
                sums[str(name)] += value
    return dict(sums)


def _curve(records: Sequence[StepRecord]) -> Curve:
    validation = np.array([record.timesteps.validation for record in records], dtype=np.int64)
    return Curve(
        steps=np.array([record.step for record in records], dtype=np.int64),
        payoffs=np.array([record.payoff for record in records], dtype=np.float64),
        validation=validation,
        spent=validation.cumsum(),
        n_steps=len(records),
        filled_from=next((record.step for record in records if is_filled(record)), None),
    )


def _item(values: Floats | None, index: int) -> float | None:
    return None if values is None else float(values[index])
