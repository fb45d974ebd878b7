"""Grids of actions, and parts of them."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st

from policybench.actions import grid, grid_sample

SPACE = spaces.Box(np.array([0.0, -1.0, 0.0]), np.array([1.0, 1.0, 5.0]), dtype=np.float64)


def test_a_grid_is_the_product_of_levels():
    axes = np.meshgrid(np.linspace(0, 1, 4), np.linspace(-1, 1, 4), np.linspace(0, 5, 4), indexing="ij")
    np.testing.assert_array_equal(grid(SPACE, 4), np.stack(axes, axis=-1).reshape(-1, 3))


@given(st.integers(1, 3), st.integers(2, 7), st.floats(-100, 100), st.floats(0.01, 100))
def test_every_combination_lies_in_the_box_and_its_corners_are_there(dimensions, levels, low, width):
    space = spaces.Box(low, low + width, (dimensions,), np.float32)
    actions = grid(space, levels)
    assert actions.dtype == np.float32
    assert all(space.contains(action) for action in actions)
    assert actions[0].tolist() == space.low.tolist()
    assert actions[-1].tolist() == space.high.tolist()


@pytest.mark.parametrize(("count", "expected"), [(5, 5), (26, 26), (27, 27), (1000, 27)])
def test_a_sample_holds_different_actions_of_the_grid(count, expected):
    sample = grid_sample(SPACE, 3, count, np.random.default_rng(0))
    found = {tuple(action) for action in sample.tolist()}
    assert len(sample) == len(found) == expected
    assert found <= {tuple(action) for action in grid(SPACE, 3).tolist()}
