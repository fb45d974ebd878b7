"""What batches of actions pay, evaluated once and kept on disk: an interrupted measurement loses none of it.

A measurement is a folder with two files: ``measurement.json`` names the environment and the seeds, and
``batches.jsonl`` has a line for each batch. Which actions a batch has follows from what earlier batches paid. So a
measurement that is begun again asks for the same batches, and finds them in the file.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from policybench.arrays import Floats
from policybench.environment import Environment
from policybench.errors import ContractError, InputError
from policybench.plugins import Plugin
from policybench.recorded import plugin_entry
from policybench.specs import EnvironmentSpec
from policybench.store.faults import first_fault
from policybench.store.files import locked_folder, replace_file
from policybench.store.lines import dump_lines, keep_lines, read_lines
from policybench.store.manifest import Machine, PluginEntry, Seeds, Text, installed_versions, now, this_machine
from policybench.store.platforms import refuse_other_platform
from policybench.store.records import Count, Number

MANIFEST, BATCHES = "measurement.json", "batches.jsonl"

_LOG = logging.getLogger("policybench")

Evaluate: TypeAlias = Callable[[int, Floats], Floats]
"""What the actions [n_seeds, action_dim], one a seed, pay at a principal step: [n_seeds]."""


class MeasurementManifest(BaseModel):
    """The content of ``measurement.json``: what is evaluated, and where."""

    model_config = ConfigDict(extra="forbid")

    schema_version: Literal[1] = 1
    environment: PluginEntry
    seeds: Seeds
    versions: dict[Text, Text]
    machine: Machine
    created: datetime


class BatchRecord(BaseModel):
    """A line of ``batches.jsonl``.

    Attributes:
        step: the principal step.
        actions: one for each seed, [n_seeds, action_dim].
        payoffs: what they paid, [n_seeds].
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: Count
    actions: list[list[Number]]
    payoffs: list[Number]


def payoffs_of(environment: Environment) -> Evaluate:
    """Evaluates every batch; raises ``ContractError`` where what is paid is no number."""

    def evaluate(step: int, actions: Floats) -> Floats:
        payoffs = np.array([outcome.payoff for outcome in environment.evaluate(step, actions)], dtype=np.float64)
        for seed, payoff in zip(environment.seeds, payoffs, strict=True):
            if not math.isfinite(payoff):
                raise ContractError(f"the environment returned the payoff {payoff} for seed {seed} at step {step}")
        return payoffs

    return evaluate


@contextmanager
def kept_payoffs(
    plugin: Plugin[EnvironmentSpec],
    options: Mapping[str, Any],
    environment: Environment,
    folder: Path,
    *,
    fresh: bool = False,
) -> Iterator[Evaluate]:
    """Evaluates the batches that were not evaluated before, and keeps what they paid.

    Args:
        plugin: the environment.
        options: its options.
        environment: made by the plugin with these options.
        folder: where measurements are kept; each has a folder of its own in it.
        fresh: whether to start over.

    Raises:
        InputError: the folder is in use, damaged, or holds a measurement of another environment or platform.
    """
    planned = MeasurementManifest(
        environment=plugin_entry(plugin, options),
        seeds=list(environment.seeds),
        versions=installed_versions(),
        machine=this_machine(),
        created=now(),
    )
    path = folder / planned.environment.variant
    with locked_folder(path):
        if fresh:
            (path / BATCHES).unlink(missing_ok=True)
            (path / MANIFEST).unlink(missing_ok=True)
        _open(path, planned)
        batches = read_lines(path / BATCHES, BatchRecord)
        keep_lines(path / BATCHES, len(batches))
        if batches:
            _LOG.warning("%s has %d batches from before; --fresh evaluates them again", path, len(batches))
        yield _remembering(payoffs_of(environment), path / BATCHES, batches)


def _open(path: Path, planned: MeasurementManifest) -> None:
    """Write the manifest of a new measurement, or compare that of one that was begun."""
    file = path / MANIFEST
    if not file.is_file():
        if (path / BATCHES).is_file():
            raise InputError(
                f"{file}: missing, although there is {BATCHES}; restore it, or use --fresh to start over"
            )
        replace_file(file, planned.model_dump_json(indent=2).encode() + b"\n")
        return
    try:
        found = MeasurementManifest.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise InputError(
            f"{file}: damaged: {first_fault(error)}; restore it, or start over with --fresh"
        ) from None
    as_read = MeasurementManifest.model_validate_json(planned.model_dump_json())
    if (found.environment, found.seeds) != (as_read.environment, as_read.seeds):
        raise InputError(f"{path}: was measured with another version or other --seeds; --fresh starts over")
    refuse_other_platform(path, found.versions, found.machine)


def _remembering(evaluate: Evaluate, file: Path, batches: list[BatchRecord]) -> Evaluate:
    known = {_key(batch.step, np.array(batch.actions)): np.array(batch.payoffs) for batch in batches}

    def remembered(step: int, actions: Floats) -> Floats:
        key = _key(step, actions)
        if key not in known:
            payoffs = evaluate(step, actions)
            record = BatchRecord(step=step, actions=actions.tolist(), payoffs=payoffs.tolist())
            with file.open("ab") as stream:
                stream.write(dump_lines([record]))
            known[key] = payoffs
        return known[key]

    return remembered


def _key(step: int, actions: Floats) -> tuple[int, bytes]:
    return step, actions.tobytes()
