"""What a replay of a submission's transcript confirms: every action, every payoff, and what was spent."""

from __future__ import annotations

from collections.abc import Iterator

from policybench.leaderboard.schema import CurveRows, FinalRows, Submission
from policybench.store.faults import shown

_COLUMNS = {"actions": "action", "contexts": "context", "payoffs": "payoff", "training": "training timesteps"}
_COLUMNS |= {"validation": "validation timesteps"}


def differences(recorded: Submission, replayed: Submission) -> Iterator[str]:
    """In what a replayed run differs from a submission, a line a row or cost; nothing if it confirms all of it.

    Args:
        recorded: the submission.
        replayed: the run that its transcript makes, packed.
    """
    pairs: list[tuple[str, CurveRows | FinalRows, CurveRows | FinalRows]] = []
    pairs += [("curves", *pair) for pair in zip(recorded.curves, replayed.curves, strict=True)]
    pairs += [("final", *pair) for pair in zip(recorded.final, replayed.final, strict=True)]
    for part, one, other in pairs:
        for column, name in _COLUMNS.items():
            before, after = getattr(one, column), getattr(other, column)
            for step, old, new in zip(one.steps, before or (), after or (), strict=False):
                if old != new:
                    where = f"{part}, seed {one.seed}, step {step}"
                    yield f"{where}: {name} {shown(old)} recorded, {shown(new)} replayed"
            if before is not None and after is not None and len(before) != len(after):
                yield f"{part}, seed {one.seed}: {len(before)} rows recorded, {len(after)} replayed"
    for name in sorted({*recorded.costs.noted, *replayed.costs.noted}):
        old, new = recorded.costs.noted.get(name), replayed.costs.noted.get(name)
        if old != new:
            yield f"costs.noted.{name}: {old} recorded, {new} replayed"
    if recorded.costs.failed_steps != replayed.costs.failed_steps:
        yield (
            f"costs.failed_steps: {recorded.costs.failed_steps} recorded, {replayed.costs.failed_steps} replayed"
        )
