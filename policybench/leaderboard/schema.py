"""A submission's file: a finished run as one JSON document. The fields are the format, schema version 3.

It holds what was recorded and nothing that follows from it: measures, intervals and ranks are computed from the
rows, with floor and ceiling from the installed environment.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from policybench.leaderboard.text import (
    Digest,
    Distribution,
    EntryPoint,
    Fact,
    Label,
    Name,
    OptionName,
    Text,
    Variant,
    Version,
)
from policybench.protocol import FINAL_EVALUATIONS, MOST_SEEDS, ProtocolName
from policybench.store.records import Number

MOST_ROWS = 100_000
"""Steps that a submission may have."""
MOST_DIMENSIONS = 1000
MOST_TRANSCRIPT_BYTES = 64 * 2**20
"""What a transcript may have before it is compressed."""

_LARGEST_COUNT = 2**53  # what every reader of JSON holds exactly

Payoff = Annotated[Number, Field(ge=-1e15, le=1e15)]
Count = Annotated[int, Field(ge=0, le=_LARGEST_COUNT)]
Seed = Annotated[int, Field(ge=0, lt=MOST_SEEDS)]
Vector = Annotated[list[Number], Field(min_length=1, max_length=MOST_DIMENSIONS)]
OptionValue = Annotated[int, Field(ge=-_LARGEST_COUNT, le=_LARGEST_COUNT)] | bool | Number | Text | Vector | None


def runs_of(values: list[int]) -> list[list[int]]:
    """A column in runs of equal entries: ``[5, 5, 5, 2]`` as ``[[5, 3], [2, 1]]``."""
    return [[value, len(list(same))] for value, same in groupby(values)]


def _expanded(runs: Any) -> list[int]:
    """The column that ``runs_of`` wrote; its length is limited before it is made."""
    if not isinstance(runs, list):
        raise ValueError("must be a list of runs [value, times]")
    values: list[int] = []
    for run in runs:
        if not (isinstance(run, list) and len(run) == 2 and all(type(number) is int for number in run)):
            raise ValueError("must be a list of runs [value, times]")
        value, times = run
        if not 1 <= times <= MOST_ROWS - len(values):
            raise ValueError(f"has a run of {times} entries; together they are 1 to {MOST_ROWS:,}")
        values += [value] * times
    return values


Counts = Annotated[
    list[Count], BeforeValidator(_expanded), PlainSerializer(runs_of), Field(min_length=1, max_length=MOST_ROWS)
]
Options = Annotated[dict[OptionName, OptionValue], Field(max_length=100)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SubmittedPlugin(_Part):
    """A principal or an environment; ``changed`` names the options that differ from their defaults."""

    name: Name
    variant: Variant
    distribution: Distribution
    version: Version
    entry_point: EntryPoint
    options: Options
    changed: list[OptionName] = Field(max_length=100)


class SubmittedProtocol(_Part):
    """Seeds and budget."""

    name: ProtocolName
    label: Label
    seeds: list[Seed] = Field(min_length=1, max_length=MOST_SEEDS)
    steps: int = Field(ge=1, le=MOST_ROWS)
    final_evaluations: int = Field(ge=FINAL_EVALUATIONS, le=FINAL_EVALUATIONS)
    final_options: Options


class SubmittedMachine(_Part):
    """What payoffs may depend on beside versions, and what wall-clock times depend on."""

    system: Fact
    architecture: Fact
    processor: Fact
    libc: Fact
    cores: int = Field(ge=1, le=100_000)
    simd: list[Fact] = Field(max_length=50)


class SubmittedPart(_Part):
    """A part that the run was joined from: some of the seeds, where and when they were made."""

    seeds: list[Seed] = Field(min_length=1, max_length=MOST_SEEDS)
    machine: SubmittedMachine
    created: AwareDatetime
    finished: AwareDatetime


class SubmittedManifest(_Part):
    """The run's manifest, without anything that only its author's machine knows.

    ``parts`` is absent where the run was made in one piece.
    ``external`` is absent unless the principal is no plugin but a learner of its own program.
    """

    principal: SubmittedPlugin
    environment: SubmittedPlugin
    hosted: bool
    external: bool = Field(default=False, exclude_if=lambda external: not external)
    protocol: SubmittedProtocol
    versions: dict[Name, Version] = Field(max_length=50)
    machine: SubmittedMachine
    created: AwareDatetime
    finished: AwareDatetime
    parts: list[SubmittedPart] = Field(
        default_factory=list, max_length=MOST_SEEDS, exclude_if=lambda parts: not parts
    )


class Rows(_Part):
    """Recorded rows of one seed, one list per column; counts of timesteps are written in runs of equal entries.

    An environment's outcome is a function of (seed, step, action), so each row can be evaluated again.
    """

    seed: Seed
    contexts: list[Vector] | None = Field(max_length=MOST_ROWS)
    actions: list[Vector] = Field(min_length=1, max_length=MOST_ROWS)
    payoffs: list[Payoff] = Field(max_length=MOST_ROWS)
    training: Counts
    validation: Counts

    @model_validator(mode="after")
    def _columns_fit(self) -> Rows:
        for name, column in self._columns():
            if len(column) != len(self.actions):
                raise ValueError(f"{name} has {len(column)} entries, actions has {len(self.actions)}")
        if len(set(map(len, self.actions))) > 1:
            raise ValueError("actions differ in length")
        if 0 in self.validation:
            raise ValueError("validation has a step without timesteps")
        return self

    def _columns(self) -> Iterator[tuple[str, list[object]]]:
        for name in ("contexts", "payoffs", "training", "validation", "steps"):
            column = getattr(self, name, None)
            if isinstance(column, list):
                yield name, column

    def context(self, index: int) -> tuple[float, ...]:
        """The context of a row; empty where there are none."""
        return () if self.contexts is None else tuple(self.contexts[index])

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.actions)


class CurveRows(Rows):
    """All rows of a seed's learning curve, the first one of step 0.

    From the step ``filled_from`` on nothing was evaluated: the search had ended, and the rows follow from those
    before (``policybench.store.filled``). The field is absent where every step was evaluated.
    """

    filled_from: Annotated[Count, Field(ge=1)] | None = Field(default=None, exclude_if=lambda step: step is None)

    @property
    def steps(self) -> range:
        """The step of each row."""
        return range(len(self))

    @property
    def n_evaluated(self) -> int:
        """How many of the rows were evaluated; they are the first ones."""
        return len(self) if self.filled_from is None else min(self.filled_from, len(self))


class FinalRows(Rows):
    """The final evaluations of a seed, at steps beyond the budget (``policybench.final_evaluations``)."""

    steps: list[Count] = Field(max_length=MOST_ROWS)

    @model_validator(mode="after")
    def _steps_rise(self) -> FinalRows:
        for before, after in pairwise(self.steps):
            if before >= after:
                raise ValueError(f"steps has {after} after {before}, must rise")
        return self


class Costs(_Part):
    """What the run took in all.

    ``noted`` are the principal's own counts, such as calls, tokens and money; ``failed_steps`` those in which it
    had no answer of its own. The latter is absent where there were none.
    """

    training_timesteps: Count
    validation_timesteps: Count
    seconds: Number = Field(ge=0)
    noted: dict[OptionName, Annotated[Number, Field(ge=0)]] = Field(max_length=20)
    failed_steps: Count = Field(default=0, exclude_if=lambda steps: steps == 0)


class SubmittedTranscript(_Part):
    """A transcript beside the submission (``policybench.leaderboard.transcripts``): hash and size of its text."""

    sha256: Digest
    bytes: int = Field(ge=1, le=MOST_TRANSCRIPT_BYTES)


class Submission(_Part):
    """A finished run, packed; ``sha256`` is that of everything else (``policybench.leaderboard.digest``)."""

    schema_version: Literal[3]
    command: str = Field(max_length=20_000)
    manifest: SubmittedManifest
    costs: Costs
    transcript: SubmittedTranscript | None = Field(default=None, exclude_if=lambda part: part is None)
    curves: list[CurveRows] = Field(min_length=1, max_length=MOST_SEEDS)
    final: list[FinalRows] = Field(min_length=1, max_length=MOST_SEEDS)
    sha256: Digest
