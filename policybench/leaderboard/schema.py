"""A submission's file: a finished run as one JSON document. The fields are the format, schema version 1."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from policybench.analysis.curve import MOST_ROWS
from policybench.leaderboard.text import (
    Digest,
    Distribution,
    Fact,
    Label,
    Name,
    OptionName,
    Text,
    Variant,
    Version,
)
from policybench.protocol import FINAL_EVALUATIONS, MOST_STEPS, ProtocolName
from policybench.store.records import Number

MOST_SEEDS = 1000
MOST_DIMENSIONS = 1000

_LARGEST_COUNT = 2**53  # what every reader of JSON holds exactly

Payoff = Annotated[Number, Field(ge=-1e15, le=1e15)]
Count = Annotated[int, Field(ge=0, le=_LARGEST_COUNT)]
Seed = Annotated[int, Field(ge=0, lt=MOST_SEEDS)]
Vector = Annotated[list[Number], Field(min_length=1, max_length=MOST_DIMENSIONS)]
OptionValue = Annotated[int, Field(ge=-_LARGEST_COUNT, le=_LARGEST_COUNT)] | bool | Number | Text | Vector | None
Options = Annotated[dict[OptionName, OptionValue], Field(max_length=100)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SubmittedPlugin(_Part):
    """A principal or an environment; ``changed`` names the options that differ from their defaults."""

    name: Name
    variant: Variant
    distribution: Distribution
    version: Version
    options: Options
    changed: list[OptionName] = Field(max_length=100)


class SubmittedProtocol(_Part):
    """Seeds and budget."""

    name: ProtocolName
    label: Label
    seeds: list[Seed] = Field(min_length=1, max_length=MOST_SEEDS)
    steps: int = Field(ge=1, le=MOST_STEPS)
    final_evaluations: int = Field(ge=FINAL_EVALUATIONS, le=FINAL_EVALUATIONS)
    final_options: Options


class SubmittedReferences(_Part):
    """The environment's floor and ceiling that scores are measured by; null where they were never measured."""

    floor: Payoff | None
    ceiling: Payoff | None


class SubmittedMachine(_Part):
    """What payoffs may depend on beside versions, and what wall-clock times depend on."""

    system: Fact
    architecture: Fact
    processor: Fact
    libc: Fact
    cores: int = Field(ge=1, le=100_000)
    simd: list[Fact] = Field(max_length=50)


class SubmittedManifest(_Part):
    """The run's manifest, without anything that only its author's machine knows."""

    principal: SubmittedPlugin
    environment: SubmittedPlugin
    hosted: bool
    protocol: SubmittedProtocol
    reference: SubmittedReferences
    versions: dict[Name, Version] = Field(max_length=50)
    machine: SubmittedMachine
    created: AwareDatetime
    finished: AwareDatetime


class Rows(_Part):
    """Recorded rows of one seed, a list a column.

    Entry i of every list belongs to ``steps[i]``; an environment's outcome is a function of (seed, step, action),
    so each row can be evaluated again.
    """

    seed: Seed
    steps: list[Count] = Field(min_length=1, max_length=MOST_ROWS)
    contexts: list[Vector] | None = Field(max_length=MOST_ROWS)
    actions: list[Vector] = Field(max_length=MOST_ROWS)
    payoffs: list[Payoff] = Field(max_length=MOST_ROWS)
    training: list[Count] = Field(max_length=MOST_ROWS)
    validation: list[Annotated[Count, Field(ge=1)]] = Field(max_length=MOST_ROWS)

    @model_validator(mode="after")
    def _columns_fit(self) -> Rows:
        n_rows = len(self.steps)
        for name, column in self._columns():
            if len(column) != n_rows:
                raise ValueError(f"{name} has {len(column)} entries, steps has {n_rows}")
        for before, after in zip(self.steps, self.steps[1:], strict=False):
            if before == after:
                raise ValueError(f"steps has {after} twice")
            if before > after:
                raise ValueError(f"steps has {after} after {before}, must rise")
        if len(set(map(len, self.actions))) > 1:
            raise ValueError("actions differ in length")
        return self

    def _columns(self) -> Iterator[tuple[str, list[object]]]:
        for name in ("contexts", "actions", "payoffs", "training", "validation", "spent"):
            column = getattr(self, name, None)
            if column is not None:
                yield name, column


class CurveRows(Rows):
    """Rows of the learning curve; ``spent`` are the validation timesteps of all steps up to each row's.

    From the step ``filled_from`` on nothing was evaluated: the search had ended, and the rows follow from those
    before (``policybench.store.filled``). The field is absent where every step was evaluated.
    """

    spent: list[Count] = Field(max_length=MOST_ROWS)
    filled_from: Annotated[Count, Field(ge=1)] | None = Field(default=None, exclude_if=lambda step: step is None)

    @property
    def n_evaluated(self) -> int:
        """How many of the rows were evaluated; they are the first ones."""
        end = math.inf if self.filled_from is None else self.filled_from
        return sum(step < end for step in self.steps)


class Interval(_Part):
    """A mean over seeds with its 95% interval; without one (null) where there are too few seeds."""

    mean: Number
    low: Number | None
    high: Number | None


class TargetMetrics(_Part):
    """How fast one target was reached, in validation timesteps."""

    share: Number
    payoff: Number
    success_share: Number
    expected_running_time: Number | None
    restricted_mean: Interval
    runtimes: list[Number | None] = Field(max_length=MOST_SEEDS)


class SeedMetrics(_Part):
    """One seed's metrics."""

    seed: Seed
    convergence_payoff: Number
    recommended_payoff: Number
    simple_regret: Number | None
    score: Number | None
    anytime_score: Number | None


class Metrics(_Part):
    """All that follows from the recorded rows."""

    convergence_payoff: Interval
    recommended_payoff: Interval
    simple_regret: Interval | None
    score: Interval | None
    anytime_score: Interval | None
    targets: list[TargetMetrics] = Field(max_length=10)
    per_seed: list[SeedMetrics] = Field(max_length=MOST_SEEDS)


class Costs(_Part):
    """What the run took in all; ``noted`` are the principal's own counts, such as calls, tokens and money."""

    training_timesteps: Count
    validation_timesteps: Count
    seconds: Number = Field(ge=0)
    noted: dict[OptionName, Annotated[Number, Field(ge=0)]] = Field(max_length=20)


class Submission(_Part):
    """A finished run, packed; ``sha256`` is that of everything else (``policybench.leaderboard.digest``)."""

    schema_version: Literal[1] = 1
    command: str = Field(max_length=20_000)
    manifest: SubmittedManifest
    metrics: Metrics
    costs: Costs
    curves: list[CurveRows] = Field(min_length=1, max_length=MOST_SEEDS)
    final: list[Rows] = Field(min_length=1, max_length=MOST_SEEDS)
    sha256: Digest
