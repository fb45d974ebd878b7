"""The numbers that trackers show of a run, by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from policybench.store import FinalRecord, Manifest, StepRecord


class Numbers:
    """Means over seeds, and sums since the first step.

    ``payoff`` and ``score`` of the step, ``best_payoff`` so far, ``training_timesteps``,
    ``validation_timesteps`` and ``seconds`` in all, ``cost/NAME`` for each cost that principals note, in all, and
    ``payoff_of_seed/N``. Scores are left out where floor and ceiling were never measured.
    """

    def __init__(self, manifest: Manifest) -> None:
        """Begin before the first step."""
        self._reference = manifest.reference
        self._best = -float("inf")
        self._sums: dict[str, float] = defaultdict(float)

    def step(self, records: Sequence[StepRecord]) -> dict[str, float]:
        """The numbers after one more step."""
        payoff = sum(record.payoff for record in records) / len(records)
        self._best = max(self._best, payoff)
        for record in records:
            self._sums["training_timesteps"] += record.timesteps.training
            self._sums["validation_timesteps"] += record.timesteps.validation
            self._sums["seconds"] += record.seconds
            cost = record.notes.get("cost")
            for name, value in cost.items() if isinstance(cost, Mapping) else ():
                if isinstance(value, int | float) and not isinstance(value, bool):
                    self._sums[f"cost/{name}"] += value
        return {
            **self._in_units("payoff", "score", payoff),
            "best_payoff": self._best,
            **self._sums,
            **{f"payoff_of_seed/{record.seed}": record.payoff for record in records},
        }

    def final(self, records: Sequence[FinalRecord]) -> dict[str, float]:
        """What the recommendations pay; nothing of a run that was interrupted."""
        if not records:
            return {}
        payoff = sum(record.payoff for record in records) / len(records)
        return self._in_units("recommended_payoff", "recommended_score", payoff)

    def _in_units(self, name: str, scored: str, payoff: float) -> dict[str, float]:
        floor, ceiling = self._reference.floor, self._reference.ceiling
        if floor is None or ceiling is None:
            return {name: payoff}
        return {name: payoff, scored: (payoff - floor) / (ceiling - floor)}


def parameters(manifest: Manifest) -> dict[str, Any]:
    """What the run is made with, flat: ``principal.c``, ``environment.training_episodes``, ``protocol``."""
    found: dict[str, Any] = {"protocol": manifest.protocol.label, "steps": manifest.protocol.steps}
    found["seeds"] = len(manifest.protocol.seeds)
    for kind, plugin in (("principal", manifest.principal), ("environment", manifest.environment)):
        found[kind] = plugin.variant
        found[f"{kind}_version"] = f"{plugin.distribution} {plugin.version}"
        found |= {f"{kind}.{name}": value for name, value in plugin.options.items()}
    return found | {f"version.{name}": number for name, number in manifest.versions.items()}


def title(manifest: Manifest) -> str:
    """A name for lists of runs."""
    return f"{manifest.principal.variant} on {manifest.environment.variant}, {manifest.protocol.label}"
