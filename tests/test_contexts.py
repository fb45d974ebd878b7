"""A context's key tells contexts apart that differ in any digit, and only those."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybench.contexts import context_key

floats = st.floats(allow_nan=False)
contexts = st.integers(1, 4).flatmap(lambda n: st.tuples(*[st.lists(floats, min_size=n, max_size=n)] * 2))


@given(contexts)
def test_keys_are_equal_if_and_only_if_contexts_are(pair):
    one, other = pair
    assert (context_key(one) == context_key(other)) == np.array_equal(one, other)


@given(st.lists(floats, min_size=1, max_size=4), st.data())
def test_a_change_in_the_last_digit_is_another_context(numbers, data):
    at = data.draw(st.integers(0, len(numbers) - 1))
    moved = [*numbers[:at], math.nextafter(numbers[at], 0.5), *numbers[at + 1 :]]
    assert (context_key(numbers) == context_key(moved)) == (numbers == moved)


@given(st.lists(floats, min_size=1, max_size=4))
def test_a_key_can_be_read_back(numbers):
    assert [float(part) for part in context_key(numbers).split(",")] == numbers


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_large_whole_numbers_keep_their_digits(one, other):
    assert (context_key(np.array([one])) == context_key(np.array([other]))) == (one == other)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.float32, np.float64, np.bool_])
def test_neither_dtype_nor_the_form_it_comes_in_counts(dtype):
    context = np.array([0, 1, 0])
    assert context_key(context.astype(dtype)) == context_key(context.tolist()) == "0,1,0"
    assert context_key(dtype(1)) == "1"


def test_the_ninth_digit_counts():
    assert context_key([0.123456789]) != context_key([0.123456788])
    assert context_key([123456789.0]) != context_key([123456788.0])


def test_no_context_has_the_empty_key():
    assert context_key(None) == ""
