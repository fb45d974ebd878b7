"""Calls that wait: at once, in order, and what a failure leaves of the others."""

import threading

import pytest

from policybench.concurrency import call_all


def test_so_many_calls_are_under_way_at_a_time():
    meeting = threading.Barrier(3, timeout=10)
    assert call_all([meeting.wait] * 3, 3) is not None  # each waits until all three are there
    running, most, lock = [0], [0], threading.Lock()
    pause = threading.Event()

    def call():
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        pause.wait(0.01)
        with lock:
            running[0] -= 1

    call_all([call] * 12, 4)
    assert 1 < most[0] <= 4


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_results_come_in_the_order_of_the_calls(limit):
    assert call_all([lambda i=i: i for i in range(20)], limit) == list(range(20))


def test_a_failure_loses_nothing_that_is_under_way():
    begun, done = threading.Event(), []

    def slow():
        begun.set()
        failed.wait(10)
        done.append("slow")

    failed = threading.Event()

    def fails():
        begun.wait(10)
        failed.set()
        raise OSError("first")

    def never():
        done.append("never")

    with pytest.raises(OSError, match="first"):
        call_all([slow, fails, never], 2)
    assert done[0] == "slow"
    assert done.count("never") <= 1
