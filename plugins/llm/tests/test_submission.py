"""Runs of the principal as submissions to a leaderboard."""

from __future__ import annotations

import numpy as np

from policybench.leaderboard.packing import pack
from policybench.leaderboard.verification import verify


def test_a_run_that_converged_in_a_real_environment_can_be_submitted_and_verified(run, openai_server):
    same = '{"x1": 1, "x2": 1, "x3": 1}'
    openai_server.play('{"x1": 2, "x2": 0, "x3": 0}', '{"x1": 0, "x2": 2, "x3": 0}', same)
    options = (*openai_server.arguments, "stop_after=10", "concurrency=1")
    folder = run(*options, environment="escape-room", env=("training_episodes=30",), steps=20)
    submission = pack(folder)
    assert [rows.filled_from for rows in submission.curves] == [11, 11]
    assert submission.manifest.hosted
    assert submission.costs.noted["calls"] == len(openai_server.requests) == 22
    found = verify("x", submission, np.random.default_rng(0), 1, n_final=None, n_steps=None)
    assert (found.refuted, len(found.rows)) == (False, 22 + 2 * 25)
