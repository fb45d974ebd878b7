"""The lines of ``steps.jsonl`` and ``final.jsonl``."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, lt=2**53)]


class TimestepsRecord(BaseModel):
    """Game steps that a principal step took."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    training: Count
    validation: Count


class StepRecord(BaseModel):
    """One seed's principal step; a line of ``steps.jsonl``.

    Lines are ordered by step, then as the manifest orders the seeds. ``seconds``, this line's share of the
    step's wall-clock time, is the only field that differs between repetitions of a run.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: Count
    seed: Count
    context: list[Number] | None
    action: list[Number]
    payoff: Number
    timesteps: TimestepsRecord
    seconds: Number = Field(ge=0)
    notes: dict[str, Any] = Field(default_factory=dict)


class FinalRecord(BaseModel):
    """One fresh evaluation of a seed's final recommendation; a line of ``final.jsonl``.

    ``step`` lies beyond the budget, so that the game's randomness is one that no principal ever met.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    evaluation: Count
    seed: Count
    step: Count
    context: list[Number] | None
    action: list[Number]
    payoff: Number
    timesteps: TimestepsRecord
