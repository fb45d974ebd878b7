from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from policybench.store import checkpoint

arrays = st.one_of(
    npst.arrays(np.float64, npst.array_shapes(min_side=0)),
    npst.arrays(np.int64, npst.array_shapes()),
    npst.arrays(np.bool_, npst.array_shapes()),
)
leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text() | st.binary()
states = st.recursive(
    leaves | arrays, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)


def assert_same(one, other):
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            assert_same(left, right)
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    else:
        assert type(one) is type(other)
        assert one == other or (one != one and other != other)


@given(states)
def test_states_come_back_as_they_were(state):
    assert_same(checkpoint.decode(checkpoint.encode(state)), state)


@pytest.mark.parametrize("state", [{"x": object()}, [Path()], {"huge": 2**70}, np.array([None, object()])])
def test_what_is_no_plain_data_is_refused(state):
    with pytest.raises((TypeError, ValueError)):
        checkpoint.encode(state)
