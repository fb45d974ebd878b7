"""The grid of arms: order, ends, defaults, and how many are too many."""

import itertools

import numpy as np
import pytest
from gymnasium import spaces

from policybench import InputError
from policybench_bandits.arms import arms


def test_the_lowest_corner_is_first_and_the_last_dimension_counts_fastest():
    space = spaces.Box(np.array([0.0, -1.0, 0.0]), np.array([1.0, 1.0, 5.0]), dtype=np.float64)
    expected = list(itertools.product([0, 0.5, 1], [-1, 0, 1], [0, 2.5, 5]))
    np.testing.assert_array_equal(arms(space, 3), expected)


@pytest.mark.parametrize(
    ("dimensions", "levels", "count"), [(3, 21, 9261), (3, 11, 1331), (5, 6, 7776), (5, 3, 243)]
)
def test_the_papers_grids(dimensions, levels, count):
    space = spaces.Box(0, 5, (dimensions,))
    grid = arms(space, levels)
    assert grid.shape == (count, dimensions)
    assert grid[0].tolist() == [0] * dimensions
    assert grid[1].tolist() == [0] * (dimensions - 1) + [np.float32(5 / (levels - 1))]
    assert grid[-1].tolist() == [5] * dimensions
    assert len(np.unique(grid, axis=0)) == count
    assert all(space.contains(arm) for arm in grid)


def test_levels_default_to_the_problems_own(make_problem, create):
    problem = make_problem(dimensions=2, levels=7, coarse=4)
    assert len(create("epsilon-greedy", problem).arms) == 7**2
    assert len(create("ucb", problem).arms) == 4**2
    assert len(create("thompson", problem).arms) == 4**2
    assert len(create("thompson", problem, levels=3).arms) == 3**2


def test_too_many_arms_are_refused_with_what_is_allowed(make_problem, create):
    with pytest.raises(InputError) as error:
        create("ucb", make_problem(dimensions=3), levels=101)
    assert str(error.value) == (
        "-p levels=101: 101 levels in each of 3 dimensions are 1030301 arms; at most 1000000 are allowed, "
        "which is -p levels=2 to 100 here"
    )


def test_too_many_dimensions_are_refused_whatever_the_levels(make_problem, create):
    with pytest.raises(InputError, match="no bandit can play this environment") as error:
        create("ucb", make_problem(dimensions=20), levels=3)
    assert "\n" not in str(error.value)
