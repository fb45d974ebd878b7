"""When the search has ended, as the paper has it: the model gives the same action many times in a row."""

from __future__ import annotations

from collections.abc import Sequence

from policybench_llm.demonstrations import Demonstration

Context = tuple[float, ...] | None


def latest_in(context: Context, past: Sequence[Demonstration]) -> Demonstration | None:
    """The latest step in this context; None if there is none."""
    return next((step for step in reversed(past) if step.context == context), None)


def converged(past: Sequence[Demonstration], context: Context) -> tuple[float, ...]:
    """The action at which a search has ended: the last one in this context, or of all if it was never seen."""
    return (latest_in(context, past) or past[-1]).action
