"""Calls that wait: together, in order, and without losing what others got."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybench.harness.concurrency import call_all


@given(st.lists(st.integers()), st.integers(1, 9))
def test_results_keep_their_order(values, limit):
    assert call_all([lambda value=value: value for value in values], limit) == values


@pytest.mark.parametrize("limit", [2, 3])
def test_exactly_as_many_as_allowed_are_under_way(limit):
    barrier, most, now, lock = threading.Barrier(limit), 0, 0, threading.Lock()

    def call():
        nonlocal most, now
        with lock:
            now += 1
            most = max(most, now)
        barrier.wait(timeout=30)
        with lock:
            now -= 1

    call_all([call] * (2 * limit), limit)
    assert most == limit


def test_after_a_failure_none_begins_and_those_under_way_are_waited_for():
    done, failed = [], threading.Event()

    def fail():
        failed.set()
        raise KeyError("second")

    def slow():
        failed.wait(timeout=30)
        time.sleep(0.05)
        done.append("slow")

    with pytest.raises(KeyError, match="second"):
        call_all([slow, fail, lambda: done.append("never")], 2)
    assert done == ["slow"]


def test_of_several_failures_the_first_in_order_is_raised():
    barrier = threading.Barrier(2)

    def fail(error, wait):
        barrier.wait(timeout=30)
        time.sleep(wait)
        raise error

    with pytest.raises(ValueError, match="first"):
        call_all([lambda: fail(ValueError("first"), 0.05), lambda: fail(KeyError("second"), 0)], 2)
