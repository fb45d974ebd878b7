"""The manifest that lies in a run's folder while a principal is checked, as it does in a run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from policybench.plugins import Plugin
from policybench.protocol import FINAL_EVALUATIONS
from policybench.recorded import plugin_entry
from policybench.specs import PrincipalSpec
from policybench.store.manifest import (
    Machine,
    Manifest,
    ProtocolEntry,
    ReferencePayoffs,
    installed_versions,
    now,
    this_machine,
)
from policybench.testing.principals.cases import Case


def manifest(spec: PrincipalSpec, options: Mapping[str, Any], case: Case, seed: int) -> str:
    """The manifest of a run of one seed, as JSON."""
    problem = case.problem
    complete = {option.name: option.default for option in spec.options} | dict(options)
    floor, ceiling = problem.floor, problem.ceiling
    versions, machine = _surroundings()
    return Manifest(
        status="running",
        principal=plugin_entry(Plugin(spec, "unknown", "unknown"), complete),
        environment=case.environment,
        protocol=ProtocolEntry(
            name="paper",
            label="paper",
            seeds=[seed],
            steps=problem.steps,
            final_evaluations=FINAL_EVALUATIONS,
            final_options={},
        ),
        reference=ReferencePayoffs(
            floor=floor.payoff if floor else None, ceiling=ceiling.payoff if ceiling else None
        ),
        versions=versions,
        machine=machine,
        created=now(),
    ).model_dump_json(indent=2)


@lru_cache
def _surroundings() -> tuple[dict[str, str], Machine]:
    return installed_versions(), this_machine()
