"""The finished runs of a comparison, with the names that it gives them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from policybench.store import StoredRun, load_run
from policybench.suite.plan import PlannedRun


def named_runs(runs: Iterable[PlannedRun]) -> list[StoredRun]:
    """The runs, for tables and figures; principals and environments bear their labels.

    Raises:
        InputError: a file is damaged.
    """
    return [_named(load_run(run.path), run) for run in runs]


def _named(stored: StoredRun, run: PlannedRun) -> StoredRun:
    manifest = stored.manifest
    update = {
        "principal": manifest.principal.model_copy(update={"variant": run.principal}),
        "environment": manifest.environment.model_copy(update={"variant": run.environment}),
    }
    return replace(stored, manifest=manifest.model_copy(update=update))
