"""What a problem knows of its action space, and what it refuses."""

import numpy as np
import pytest
from gymnasium import spaces

from policybench import Description, Dimension, Problem


def problem(low, high, dtype=np.float64):
    space = spaces.Box(np.array(low, dtype), np.array(high, dtype), dtype=dtype)
    described = Description("", (Dimension("x", ""),) * len(low), "")
    return Problem(space, spaces.Dict(), 10, fine_levels=5, coarse_levels=3, description=described)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_middle_lies_between_the_bounds_and_has_the_spaces_type(dtype):
    found = problem([0, -1, 2], [1, 3, 2.5], dtype)
    assert found.middle.tolist() == [0.5, 1, 2.25]
    assert found.middle.dtype == dtype
    assert found.action_space.contains(found.middle)


def test_the_middle_of_narrow_bounds_lies_inside():
    low = np.float32(1e7)
    found = problem([low], [np.nextafter(low, np.float32(np.inf))], np.float32)
    assert found.action_space.contains(found.middle)


@pytest.mark.parametrize(("low", "high"), [(-np.inf, 1.0), (0.0, np.inf)])
def test_infinite_bounds_are_refused(low, high):
    with pytest.raises(ValueError, match=r"action_space: Box\(.*inf.*\): the bounds of actions must be finite"):
        problem([0.0, low], [1.0, high])
