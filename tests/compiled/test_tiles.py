"""Products in the processor's registers give the same bytes as plain loops do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policybench.compiled import compiled
from policybench.compiled.tiles import BLOCK, add_weighted_rows, transpose


@compiled
def add(factors, first_factor, n_rows, weights, first_weight, row_stride, sums, first_sum, n_blocks):
    add_weighted_rows(factors, first_factor, n_rows, weights, first_weight, row_stride, sums, first_sum, n_blocks)


@compiled
def turn(source, first, n_rows, n_columns, target):
    transpose(source, first, n_rows, n_columns, target)


@given(
    seed=st.integers(0, 2**32 - 1), n_rows=st.integers(0, 9), n_blocks=st.integers(1, 3), spare=st.integers(0, 5)
)
@settings(max_examples=40, deadline=None)
def test_weighted_rows_are_added_one_after_another(seed, n_rows, n_blocks, spare):
    rng = np.random.default_rng(seed)
    n_columns = n_blocks * BLOCK
    stride = n_columns + spare
    factors = rng.normal(size=spare + n_rows).astype(np.float32)
    weights = rng.normal(size=spare + n_rows * stride).astype(np.float32)
    sums = rng.normal(size=spare + n_columns).astype(np.float32)
    expected = sums.copy()
    for r in range(n_rows):
        row = weights[spare + r * stride : spare + r * stride + n_columns]
        expected[spare:] += factors[spare + r] * row
    add(factors, spare, n_rows, weights, spare, stride, sums, spare, n_blocks)
    assert sums.tobytes() == expected.tobytes()


@pytest.mark.parametrize(("n_rows", "n_columns"), [(8, 8), (16, 24), (64, 32)])
def test_transposes(n_rows, n_columns):
    source = np.arange(3 + n_rows * n_columns, dtype=np.float32)
    target = np.zeros((n_columns, n_rows), dtype=np.float32)
    turn(source, 3, n_rows, n_columns, target)
    assert (target == source[3:].reshape(n_rows, n_columns).T).all()
