"""The two files of a landscape."""

from __future__ import annotations

from datetime import datetime
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from policybench.errors import InputError
from policybench.store.faults import first_fault
from policybench.store.lines import read_lines
from policybench.store.manifest import Machine, PluginEntry, ReferencePayoffs, Seeds, Text
from policybench.store.records import Count, Number

MANIFEST, PAYOFFS = "landscape.json", "payoffs.jsonl"


class LandscapeManifest(BaseModel):
    """The content of ``landscape.json``: what is measured; schema version 2.

    Attributes:
        environment: which one, with the value of every option.
        levels: levels a dimension if the actions are a grid, else None.
        random: how many they are if they were drawn at random, else None.
        names: [n_actions], what they are called if they were given one by one, else None.
        seeds: those that every action is evaluated for.
        steps: the principal steps at which every action is evaluated.
        actions: [n_actions, action_dim].
        low: [action_dim], lower bounds of the action space.
        high: [action_dim], its upper bounds.
        dimensions: [action_dim], what the numbers of an action are called.
        reference: floor and ceiling of the environment.
        versions: of Python and of the libraries that payoffs depend on.
        machine: where it is measured.
        created: when the measurement began.
    """

    model_config = ConfigDict(extra="forbid")

    schema_version: Literal[2] = 2
    environment: PluginEntry
    levels: int | None
    random: int | None
    names: list[Text] | None
    seeds: Seeds
    steps: Annotated[list[Count], Field(min_length=1)]
    actions: Annotated[list[list[Number]], Field(min_length=1)]
    low: Annotated[list[Number], Field(min_length=1)]
    high: list[Number]
    dimensions: list[Text]
    reference: ReferencePayoffs
    versions: dict[Text, Text]
    machine: Machine
    created: datetime

    @model_validator(mode="after")
    def _lengths_fit(self) -> LandscapeManifest:
        lengths = {len(self.low), len(self.high), len(self.dimensions), *map(len, self.actions)}
        if len(lengths) > 1:
            raise ValueError("actions, low and high differ in length")
        if self.names is not None and len(self.names) != len(self.actions):
            raise ValueError("names: has not a name for each action")
        return self

    def design(self) -> dict[str, Any]:
        """The part that must be the same for a measurement to be continued."""
        return self.model_dump(include={"environment", "names", "seeds", "steps", "actions"})


class PayoffRecord(BaseModel):
    """A line of ``payoffs.jsonl``; ``action`` is an index into the manifest's actions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Count
    step: Count
    seed: Count
    context: list[Number] | None
    payoff: Number


def read_manifest(path: Traversable) -> LandscapeManifest:
    """Read the manifest of a landscape's folder; raises ``InputError`` if there is none or it is damaged."""
    file = path / MANIFEST
    if not file.is_file():
        raise InputError(f"{path}: no landscape here (it has no {MANIFEST}); make one with: policybench landscape")
    try:
        return LandscapeManifest.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise InputError(f"{file}: damaged: {first_fault(error)}") from None


def read_payoffs(path: Traversable, manifest: LandscapeManifest) -> list[PayoffRecord]:
    """The lines of all actions that are complete; raises ``InputError`` where a line is damaged or misplaced."""
    records = read_lines(path / PAYOFFS, PayoffRecord)
    rows = len(manifest.seeds) * len(manifest.steps)
    for index, record in enumerate(records):
        expected = (
            index // rows,
            manifest.steps[index % rows // len(manifest.seeds)],
            manifest.seeds[index % len(manifest.seeds)],
        )
        if (record.action, record.step, record.seed) != expected:
            raise InputError(
                f"{path / PAYOFFS}, line {index + 1}: damaged: expected action, step and seed {expected}, found "
                f"{(record.action, record.step, record.seed)}; start over with --fresh"
            )
    if len(records) > rows * len(manifest.actions):
        raise InputError(
            f"{path / PAYOFFS}, line {rows * len(manifest.actions) + 1}: damaged: the landscape has "
            f"{len(manifest.actions)} actions; start over with --fresh"
        )
    return records[: len(records) // rows * rows]
