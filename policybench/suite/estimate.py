"""How long runs will take, and what they will cost: by recorded runs where there are some, else by measurement."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from policybench.analysis.summary import note_costs
from policybench.errors import ContractError, InputError, PluginError
from policybench.harness.plan import choose, make_plan
from policybench.protocol import FINAL_EVALUATIONS, make_protocol
from policybench.step_ranges import LANDSCAPES
from policybench.store import Manifest, StoredRun, find_runs, load_run
from policybench.store.names import MANIFEST
from policybench.store.reading import read_manifest
from policybench.suite.plan import PlannedRun

_EVALUATIONS = 3
_SECONDS = 2.0


@dataclass(frozen=True)
class Estimate:
    """What is left of a run.

    Attributes:
        seconds: of one core; None if nothing is known.
        basis: where that comes from.
        costs: what its principals will note as costs, by name; None if nothing is known.
        at_least: whether the principal's own time is unknown, and comes on top.
    """

    seconds: float | None
    basis: str
    costs: dict[str, float] | None
    at_least: bool = False


def estimate(runs: Sequence[PlannedRun], folder: Path) -> list[Estimate]:
    """Estimates for runs, in their order.

    Args:
        runs: planned; finished ones take nothing.
        folder: where recorded runs are looked for.
    """
    records = _Records(folder)
    measured: dict[str, float | None] = {}
    return [_estimate(run, records, measured) for run in runs]


def _estimate(run: PlannedRun, records: _Records, measured: dict[str, float | None]) -> Estimate:
    if run.finished:
        return Estimate(0.0, "finished", {})
    n_seeds = len(run.manifest.protocol.seeds)
    rows = run.total - run.done + FINAL_EVALUATIONS * n_seeds
    costs: dict[str, float] | None = None if run.manifest.hosted else {}
    own = records.of(run.manifest, same_principal=True)
    if own is not None:
        noted = note_costs(own.steps.notes)
        costs = {name: value / len(own.steps) * (run.total - run.done) for name, value in noted.items()}
        return Estimate(rows * _core_seconds(own), "a run of the same two", costs)
    if run.manifest.hosted:
        return Estimate(None, "a service decides how long", costs)
    other = records.of(run.manifest, same_principal=False)
    if other is not None:
        basis = f"a run of {other.manifest.principal.variant}"
        return Estimate(rows * _core_seconds(other), basis, costs)
    key = run.manifest.environment.model_dump_json()
    if key not in measured:
        measured[key] = _measure(run)
    seconds = measured[key]
    basis = "steps of the environment alone" if seconds is not None else "it could not be measured"
    return Estimate(None if seconds is None else rows * seconds, basis, costs, at_least=seconds is not None)


class _Records:
    """Runs that were recorded, looked for once."""

    def __init__(self, folder: Path) -> None:
        self._manifests: dict[Path, Manifest] = {}
        for path in find_runs(folder) if folder.is_dir() else []:
            with suppress(InputError):
                self._manifests[path] = read_manifest(path / MANIFEST)

    def of(self, wanted: Manifest, *, same_principal: bool) -> StoredRun | None:
        """A run of the same environment, of the same principal or of another one that is not hosted."""
        for path, found in self._manifests.items():
            fits = found.principal == wanted.principal if same_principal else not found.hosted
            if fits and found.environment == wanted.environment:
                with suppress(InputError):
                    stored = load_run(path)
                    if len(stored.steps):
                        return stored
        return None


def _core_seconds(stored: StoredRun) -> float:
    """Of one core, for a step of one seed; a run uses a core a seed, as far as there are cores."""
    manifest = stored.manifest
    together = len(manifest.parts[0].seeds) if manifest.parts else len(manifest.protocol.seeds)
    return float(np.mean(stored.steps.seconds)) * min(together, manifest.machine.cores)


def _measure(run: PlannedRun) -> float | None:
    """Seconds of one core for a step of one seed, at steps that no run reaches; None if it cannot be measured."""
    request = replace(run.request, protocol=make_protocol("smoke", seeds=1), workers=1)
    try:
        with make_plan(request, choose(request)) as plan:
            environment = plan.environment
            environment.prepare()
            action = environment.problem.middle.astype(np.float64)[None]
            times = []
            for step in range(LANDSCAPES.start, LANDSCAPES.start + 1 + _EVALUATIONS):
                begun = time.perf_counter()
                environment.contexts(step)
                environment.evaluate(step, action, gradient=plan.panel.needs_gradient)
                times.append(time.perf_counter() - begun)
                if len(times) > 1 and sum(times) > _SECONDS:
                    break
    except (InputError, PluginError, ContractError):
        return None
    return float(np.mean(times[1:]))
