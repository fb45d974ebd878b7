"""Recorded rows as pandas DataFrames, tidy: one row per seed and step, one column per number.

pandas is an extra, ``policybench[pandas]``; it is imported when a frame is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from policybench.store.filled import is_filled

if TYPE_CHECKING:
    import pandas as pd

    from policybench.store import FinalRecord, StepRecord


def steps_frame(records: Sequence[StepRecord]) -> pd.DataFrame:
    """A step log as a frame.

    Columns are seed, step, ``context_0``, ... (none where there are no contexts), ``action_0``, ..., payoff,
    training_timesteps, validation_timesteps, seconds, and filled: whether the search had ended, and the step was
    not evaluated.

    Raises:
        ImportError: pandas is not installed; the message says how to install it.
    """
    return _frame([{**_row(record), "seconds": record.seconds, "filled": is_filled(record)} for record in records])


def final_frame(records: Sequence[FinalRecord]) -> pd.DataFrame:
    """The final evaluations as a frame: columns as in ``steps_frame``, and which evaluation of its seed it is.

    Raises:
        ImportError: pandas is not installed; the message says how to install it.
    """
    return _frame([{"evaluation": record.evaluation, **_row(record)} for record in records])


def _row(record: StepRecord | FinalRecord) -> dict[str, Any]:
    return {
        "seed": record.seed,
        "step": record.step,
        **{f"context_{i}": value for i, value in enumerate(record.context or ())},
        **{f"action_{i}": value for i, value in enumerate(record.action)},
        "payoff": record.payoff,
        "training_timesteps": record.timesteps.training,
        "validation_timesteps": record.timesteps.validation,
    }


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    try:
        import pandas as pd
    except ImportError:
        raise ImportError(
            "a run's rows are given as a pandas DataFrame, and pandas is not installed; "
            "pip install 'policybench[pandas]'"
        ) from None
    return pd.DataFrame(rows)
