"""``steps.jsonl`` as columns: what a run of tens of thousands of lines is read into, and computed with."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json

from policybench.errors import InputError
from policybench.store.lines import read_lines, whole_lines
from policybench.store.records import StepRecord, TimestepsRecord

_FIELDS = set(StepRecord.model_fields)
_TIMESTEPS = set(TimestepsRecord.model_fields)


@dataclass(frozen=True, eq=False)
class StepLog(Sequence[StepRecord]):
    """The lines of a step log, one column per field; a single line is made into a record when it is asked for.

    Attributes:
        step: [n].
        seed: [n].
        actions: [n, action_dim].
        contexts: [n, context_dim]; None where there are no contexts.
        payoffs: [n].
        training: [n], timesteps.
        validation: [n], timesteps.
        seconds: [n].
        notes: what principals noted, by line.
    """

    step: NDArray[np.int64]
    seed: NDArray[np.int64]
    actions: NDArray[np.float64]
    contexts: NDArray[np.float64] | None
    payoffs: NDArray[np.float64]
    training: NDArray[np.int64]
    validation: NDArray[np.int64]
    seconds: NDArray[np.float64]
    notes: list[Mapping[str, Any]]

    def __len__(self) -> int:
        """Number of lines."""
        return len(self.step)

    @overload
    def __getitem__(self, index: int) -> StepRecord: ...
    @overload
    def __getitem__(self, index: slice) -> StepLog: ...
    def __getitem__(self, index: int | slice) -> StepRecord | StepLog:
        """One line as a record, or some of the lines as a log."""
        if isinstance(index, slice):
            return StepLog(
                self.step[index],
                self.seed[index],
                self.actions[index],
                None if self.contexts is None else self.contexts[index],
                self.payoffs[index],
                self.training[index],
                self.validation[index],
                self.seconds[index],
                self.notes[index],
            )
        # What was checked when it was read is not checked again.
        return StepRecord.model_construct(
            step=int(self.step[index]),
            seed=int(self.seed[index]),
            context=None if self.contexts is None else self.contexts[index].tolist(),
            action=self.actions[index].tolist(),
            payoff=float(self.payoffs[index]),
            timesteps=TimestepsRecord.model_construct(
                training=int(self.training[index]), validation=int(self.validation[index])
            ),
            seconds=float(self.seconds[index]),
            notes=dict(self.notes[index]),
        )


def read_step_log(path: Path, seeds: Sequence[int]) -> StepLog:
    """All whole lines of a step log; a torn last line is left out.

    Args:
        path: the file; where there is none, no step was done.
        seeds: the run's, in the manifest's order.

    Raises:
        InputError: a line is damaged or out of place; the message names file and line.
    """
    lines = whole_lines(path)
    try:
        with _no_garbage():
            rows = from_json(b"[" + b",".join(lines) + b"]", allow_inf_nan=False, cache_strings="keys")
            log = _columns(rows)
            if len(rows) != len(lines):
                raise ValueError("a line holds more than a record, or less")
            del rows
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        # Read once more, line by line, to say what is wrong and where.
        records = read_lines(path, StepRecord)
        try:
            log = _columns([record.model_dump() for record in records])
        except (ValueError, TypeError):
            raise InputError(
                f"{path}: damaged: its actions or contexts differ in length; restore it or start over with --fresh"
            ) from None
    _check_order(path, log, seeds)
    return log


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Python's search for cycles is off, which takes half the time where objects come by the hundred thousand."""
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()


def side_by_side(logs: Sequence[StepLog]) -> StepLog:
    """The logs of single seeds as the log of a run, up to the last step that all of them have.

    Args:
        logs: one a seed, in the manifest's order; of equal actions and contexts.
    """
    done = min(map(len, logs))
    parts = [log[:done] for log in logs]

    def joined(name: str) -> Any:
        columns = [getattr(part, name) for part in parts]
        return np.stack(columns, axis=1).reshape(done * len(parts), *columns[0].shape[1:]) if done else columns[0]

    return StepLog(
        **{
            name: joined(name)
            for name in ("step", "seed", "actions", "payoffs", "training", "validation", "seconds")
        },
        contexts=None if parts[0].contexts is None else joined("contexts"),
        notes=[note for notes in zip(*(part.notes for part in parts), strict=True) for note in notes],
    )


def _columns(rows: list[dict[str, Any]]) -> StepLog:
    """Columns of rows that have been parsed; raises an error of some kind unless all are valid."""
    for keys in {tuple(row) for row in rows}:
        if not _FIELDS - {"notes"} <= set(keys) <= _FIELDS:
            raise ValueError("fields are missing, or there are others")
    timesteps = [row["timesteps"] for row in rows]
    for keys in {tuple(part) for part in timesteps}:
        if set(keys) != _TIMESTEPS:
            raise ValueError("fields are missing, or there are others")
    notes = [row.get("notes") or {} for row in rows]
    if not all(isinstance(note, dict) for note in notes):
        raise ValueError("notes must be objects")
    contexts = [row["context"] for row in rows]
    seconds = _numbers([row["seconds"] for row in rows])
    if (seconds < 0).any():
        raise ValueError("seconds must not be negative")
    return StepLog(
        step=_counts([row["step"] for row in rows]),
        seed=_counts([row["seed"] for row in rows]),
        actions=_vectors([row["action"] for row in rows]),
        contexts=None if all(context is None for context in contexts) else _vectors(contexts),
        payoffs=_numbers([row["payoff"] for row in rows]),
        training=_counts([part["training"] for part in timesteps]),
        validation=_counts([part["validation"] for part in timesteps]),
        seconds=seconds,
        notes=notes,
    )


def _counts(values: list[Any]) -> NDArray[np.int64]:
    if not set(map(type, values)) <= {int} or not 0 <= min(values, default=0) <= max(values, default=0) < 2**53:
        raise ValueError("must be integers, at least 0")
    return np.array(values, dtype=np.int64)


def _numbers(values: list[Any]) -> NDArray[np.float64]:
    if not set(map(type, values)) <= {int, float}:
        raise ValueError("must be numbers")
    numbers = np.array(values, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise ValueError("must be finite")
    return numbers


def _vectors(values: list[Any]) -> NDArray[np.float64]:
    if len(set(map(len, values))) > 1:
        raise ValueError("must be of one length")
    numbers = _numbers(list(chain.from_iterable(values)))
    return numbers.reshape(len(values), -1) if values else np.empty((0, 0))


def _check_order(path: Path, log: StepLog, seeds: Sequence[int]) -> None:
    """Check that the lines are those of step 0, then of step 1, ..., each with all seeds in their order."""
    index = np.arange(len(log))
    steps, wanted = index // len(seeds), np.asarray(seeds)[index % len(seeds)]
    wrong = np.flatnonzero((log.step != steps) | (log.seed != wanted))
    if wrong.size:
        line = int(wrong[0])
        raise InputError(
            f"{path}, line {line + 1}: damaged: expected step {steps[line]} of seed {wanted[line]}, found step "
            f"{log.step[line]} of seed {log.seed[line]}; restore it or start over with --fresh"
        )
