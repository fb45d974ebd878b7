"""Many random numbers at once are the same numbers."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from policybench.compiled import fill_uniform, uniform
from policybench.streams import generator, kernel_stream


@settings(deadline=None)
@given(st.integers(0, 2**40), st.integers(0, 200))
def test_a_filled_array_is_what_single_draws_and_numpy_give(seed, number):
    filled, single = kernel_stream(seed, 1, "game"), kernel_stream(seed, 1, "game")
    numbers = np.full(number, np.nan)
    fill_uniform(filled, numbers)
    assert numbers.tolist() == [uniform(single) for _ in range(number)]
    assert numbers.tolist() == generator(seed, 1, "game").random(number).tolist()
    assert filled.tolist() == single.tolist()
