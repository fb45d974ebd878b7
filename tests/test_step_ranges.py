"""Runs, floors and ceilings, and landscapes never meet the same luck."""

from __future__ import annotations

import pytest

from policybench import InputError
from policybench.protocol import FINAL_STEPS, MOST_STEPS, make_protocol
from policybench.step_ranges import LANDSCAPES, REFERENCES, RUNS


def test_every_step_has_one_purpose():
    ranges = [RUNS, REFERENCES, LANDSCAPES]
    assert [steps.start for steps in ranges] == [0, *(steps.stop for steps in ranges[:-1])]


def test_the_longest_run_ends_with_its_final_evaluations():
    longest = make_protocol("quick", steps=MOST_STEPS).budget(100)
    assert longest + FINAL_STEPS - 1 == RUNS[-1]


@pytest.mark.parametrize(
    ("steps", "own", "named"),
    [(MOST_STEPS + 1, 100, "--steps 999601: "), (None, 10**6, "the environment's budget of 1000000 steps: ")],
)
def test_longer_runs_are_refused(steps, own, named):
    with pytest.raises(InputError, match=rf"^{named}a run has at most 999,600 steps"):
        make_protocol("paper", steps=steps).budget(own)
