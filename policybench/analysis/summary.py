"""A run in a few numbers: what it is measured by, and what it cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from policybench.analysis.curves import curves_of
from policybench.analysis.scores import Scores, score
from policybench.arrays import Floats
from policybench.store import StoredRun, load_run


@dataclass(frozen=True)
class Recommendation:
    """The action that a seed's principal recommends in the end, in one context; None where there are none."""

    seed: int
    context: list[float] | None
    action: list[float]


@dataclass(frozen=True)
class Summary:
    """One run's numbers.

    Attributes:
        run: its folder.
        status: ``running`` or ``finished``.
        principal: its name, with the options that differ from their defaults.
        environment: the same of the environment.
        protocol: the protocol's label.
        seeds: the seeds, in the order of every list of seeds below.
        steps: the budget, in principal steps.
        steps_done: by every seed.
        scores: what the run is measured by.
        recommendations: of a finished run.
        training_timesteps: of all seeds.
        validation_timesteps: of all seeds.
        seconds: wall-clock time.
        costs: what principals noted beside their timesteps, such as calls, tokens and money, summed by name.
        hosted: whether a service decided.
        filled_share: the part of the steps in which nothing was evaluated, because the search had ended
            (``policybench.store.filled``).
        failed_share: the part of the steps in which the principal had no answer of its own and set another action
            instead (``Principal.notes``).
        external: whether the principal is no plugin but a learner of its own program.
    """

    run: str
    status: str
    principal: str
    environment: str
    protocol: str
    seeds: list[int]
    steps: int
    steps_done: int
    scores: Scores
    recommendations: list[Recommendation]
    training_timesteps: int
    validation_timesteps: int
    seconds: float
    costs: dict[str, float]
    hosted: bool
    filled_share: float
    failed_share: float
    external: bool

    @property
    def finished(self) -> bool:
        """Whether every step and every final evaluation is done."""
        return self.status == "finished"


def summarise(path: Path) -> Summary:
    """Read a run and score it.

    Raises:
        InputError: there is no run, or a file of it is damaged.
    """
    return summary_of(load_run(path))


def summary_of(stored: StoredRun) -> Summary:
    """Score a run that was read."""
    manifest, seeds = stored.manifest, stored.manifest.protocol.seeds
    curves, reference = curves_of(stored), stored.manifest.reference
    rows = stored.steps[: curves.n_steps * len(seeds)]
    return Summary(
        run=str(stored.path),
        status=manifest.status,
        principal=manifest.principal.variant,
        environment=manifest.environment.variant,
        protocol=manifest.protocol.label,
        seeds=list(seeds),
        steps=manifest.protocol.steps,
        steps_done=curves.n_steps,
        scores=score(curves, final_payoffs(stored), manifest.protocol.steps, reference.floor, reference.ceiling),
        recommendations=_recommendations(stored),
        training_timesteps=int(rows.training.sum()),
        validation_timesteps=int(rows.validation.sum()),
        seconds=sum(rows.seconds.tolist()),
        costs=note_costs(rows.notes),
        hosted=manifest.hosted,
        filled_share=curves.filled_share,
        failed_share=failed_steps(rows.notes) / len(rows) if len(rows) else 0.0,
        external=manifest.external,
    )


def final_payoffs(stored: StoredRun) -> Floats | None:
    """Payoffs of the final recommendations, [n_seeds, n_evaluations]; None if the run is not finished."""
    if not stored.final:
        return None
    return np.array([[row.payoff for row in stored.final if row.seed == seed] for seed in _seeds(stored)])


def note_costs(notes: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Sums of the numbers that principals noted as ``cost``, by name: calls, tokens, money."""
    sums: dict[str, float] = defaultdict(float)
    for note in notes:
        cost = note.get("cost")
        for name, value in cost.items() if isinstance(cost, Mapping) else ():
            if isinstance(value, int | float) and not isinstance(value, bool) and np.isfinite(value):
                sums[str(name)] += value
    return dict(sums)


def failed_steps(notes: Iterable[Mapping[str, Any]]) -> int:
    """In how many steps the principal noted ``"failed": true``: no answer of its own, another action instead."""
    return sum(note.get("failed") is True for note in notes)


def _recommendations(stored: StoredRun) -> list[Recommendation]:
    found: dict[tuple[int, tuple[float, ...]], Recommendation] = {}
    for row in sorted(stored.final, key=lambda row: _seeds(stored).index(row.seed)):
        key = row.seed, tuple(row.context or ())
        found.setdefault(key, Recommendation(row.seed, row.context, row.action))
    return list(found.values())


def _seeds(stored: StoredRun) -> list[int]:
    return stored.manifest.protocol.seeds
