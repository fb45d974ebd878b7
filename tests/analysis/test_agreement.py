"""How far other seeds give the same tables; docs/statistics.md quotes the table of agreement.py."""

from __future__ import annotations

import numpy as np
from analysis.agreement import separated, tau

TABLE = {
    "one": np.array([1.0, 1.1, 0.9, 1.0, 1.2, 0.8]),
    "two": np.array([2.0, 2.2, 1.9, 2.0, 2.1, 1.8]),
    "random": np.array([0.9, 1.2, 0.8, 1.1, 1.0, 1.0]),
    "fixed-action=0": np.array([9.0, 9.1, 9.2, 9.0, 8.9, 9.0]),
}


def test_pairs_are_told_apart_by_paired_tests_among_searchers_alone():
    assert separated(TABLE) == (2, 3)


def test_tau_compares_orders_of_common_principals():
    assert tau(TABLE, TABLE) == 1.0
    turned = {"one": TABLE["two"], "two": TABLE["one"], "another": TABLE["random"]}
    assert tau(TABLE, turned) == -1.0
