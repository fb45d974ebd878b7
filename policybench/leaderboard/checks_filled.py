"""Rows of a curve that were filled in: whether they are what the rows before them, and the finals, make of them.

Nothing was evaluated for them, so nothing can be evaluated again; instead every number of theirs must follow.
"""

from __future__ import annotations

from policybench.analysis.metrics import TRAILING_STEPS
from policybench.leaderboard.schema import CurveRows, FinalRows, Rows
from policybench.store.filled import Evaluated, filled_payoff, repeated, validation_timesteps

FEWEST_REPEATED = TRAILING_STEPS
"""Evaluated steps with the same action that a submission must have before it is filled: fewer may be luck."""


def evidence(rows: CurveRows) -> range:
    """The places of the rows whose mean payoff the filled ones hold; none if every row was evaluated."""
    end = rows.n_evaluated
    if rows.filled_from is None:
        return range(0)
    return range(end - len(repeated([_evaluated(rows, i) for i in range(end)])), end)


def fault_of_filled(rows: CurveRows, final: FinalRows, n_steps: int) -> str | None:
    """What is wrong with a seed's filled rows, the field first; None if nothing is.

    Args:
        rows: of the curve.
        final: the seed's final evaluations, which must be of the action at which the search ended.
        n_steps: the budget.
    """
    if rows.filled_from is None:
        return None
    if rows.filled_from >= n_steps:
        return f"filled_from: is {rows.filled_from}, beyond the {n_steps} steps of the protocol"
    steps = [_evaluated(rows, i) for i in evidence(rows)]
    if len(steps) < FEWEST_REPEATED:
        return (
            f"filled_from: is {rows.filled_from}, after {len(steps)} steps with one action; a submission may be "
            f"filled after {FEWEST_REPEATED} or more"
        )
    actions = {step.context: step.action for step in steps}
    validation = validation_timesteps(steps)
    for i in range(rows.n_evaluated, len(rows)):
        row = _evaluated(rows, i)
        if row.action != actions.setdefault(row.context, row.action):
            return f"actions.{i}: is not the one at which the search ended"
        if row.payoff != filled_payoff(steps, row.context):
            return f"payoffs.{i}: is not the mean payoff of the steps at which the search ended"
        if rows.training[i] != 0:
            return f"training.{i}: must be 0, nothing was evaluated"
        if row.validation != validation:
            return f"validation.{i}: must be {validation}, the mean of the steps at which the search ended"
    for i in range(len(final)):
        if tuple(final.actions[i]) != actions.setdefault(final.context(i), tuple(final.actions[i])):
            return f"filled_from: the search ended at an action that final.actions.{i} does not have"
    return None


def _evaluated(rows: Rows, index: int) -> Evaluated:
    action = tuple(rows.actions[index])
    return Evaluated(rows.context(index), action, rows.payoffs[index], rows.validation[index])
