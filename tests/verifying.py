"""Verifies a submission as ``policybench leaderboard verify`` does."""

from __future__ import annotations

import numpy as np

from policybench.leaderboard.schema import Submission
from policybench.leaderboard.verification import Verification, sample_sizes, verify


def verified(submission: Submission, rows: int | None = None, seed=1, workers=1) -> Verification:
    """A sample of so many rows, or all of them."""
    n_final, n_steps = (None, None) if rows is None else sample_sizes(submission, rows)
    return verify("x", submission, np.random.default_rng(seed), workers, n_final=n_final, n_steps=n_steps)
