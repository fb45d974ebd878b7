"""What a submission is measured by, from its rows alone; the same code scores runs."""

from __future__ import annotations

import numpy as np

from policybench.analysis.curves import Curves
from policybench.analysis.scores import Scores, score
from policybench.leaderboard.schema import Submission
from policybench.problem import Problem


def curves_of(submission: Submission) -> Curves:
    """The recorded steps as arrays."""
    return Curves(
        payoffs=np.array([rows.payoffs for rows in submission.curves]),
        validation=np.array([rows.validation for rows in submission.curves], dtype=np.int64),
        filled_from=[rows.filled_from for rows in submission.curves],
    )


def scores_of(submission: Submission, problem: Problem | None) -> Scores:
    """Score the rows.

    Args:
        submission: consistent in itself.
        problem: the installed environment's, whose floor and ceiling scores are measured by; without it there are
            payoffs only.
    """
    final = np.array([rows.payoffs for rows in submission.final])
    floor = problem.floor.payoff if problem and problem.floor else None
    ceiling = problem.ceiling.payoff if problem and problem.ceiling else None
    return score(curves_of(submission), final, submission.manifest.protocol.steps, floor, ceiling)
