"""Sample averages: against numpy on the raw payoffs, and saved sparsely."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from policybench_bandits.table import Table, Tables

_ARMS = 4
_PLAYS = st.lists(st.tuples(st.integers(0, _ARMS - 1), st.floats(-100, 100)), max_size=40)


def _table(plays):
    table = Table(_ARMS)
    for arm, payoff in plays:
        table.add(arm, payoff)
    return table


def _assert_holds(table, plays):
    for arm in range(_ARMS):
        payoffs = np.array([payoff for number, payoff in plays if number == arm])
        assert table.counts[arm] == len(payoffs)
        assert bool(table.visited[arm]) == (len(payoffs) > 0)
        if len(payoffs):
            np.testing.assert_allclose(table.means[arm], payoffs.mean(), atol=1e-9)
            np.testing.assert_allclose(table.squares[arm], len(payoffs) * payoffs.var(), atol=1e-6)
        else:
            assert table.means[arm] == table.squares[arm] == 0


@given(_PLAYS)
def test_running_moments_are_those_of_the_payoffs(plays):
    _assert_holds(_table(plays), plays)


@given(_PLAYS, _PLAYS)
def test_merging_tables_is_merging_their_payoffs(one, other):
    table = _table(one)
    table.merge(_table(other))
    _assert_holds(table, one + other)


def test_moments_stay_exact_far_from_zero():
    table = _table([(0, 1e9 + offset) for offset in (4, 7, 13, 16)])
    assert table.means[0] == 1e9 + 10
    assert table.squares[0] == 90


@given(_PLAYS)
def test_a_saved_table_is_sparse_and_comes_back_whole(plays):
    table = _table(plays)
    saved = table.state_dict()
    assert len(saved["arms"]) == len({arm for arm, _ in plays})
    copy = Table(_ARMS)
    copy.load_state_dict(saved)
    for name in ("counts", "means", "squares"):
        np.testing.assert_array_equal(getattr(copy, name), getattr(table, name))


def test_contexts_are_told_apart_by_value():
    tables = Tables(_ARMS)
    lever, door = np.array([1, 0]), np.array([0, 1])
    tables.add(lever, 2, 5.0)
    tables.add(door, 3, 7.0)
    tables.add(np.array([1.0, 0.0]), 2, 6.0)
    assert tables[lever].counts.tolist() == [0, 0, 2, 0]
    assert tables[door].counts.tolist() == [0, 0, 0, 1]
    assert tables[None].plays == 0
    assert tables.plays == 3
    assert tables.pooled().means.tolist() == [0, 0, 5.5, 7.0]


def test_looking_at_a_context_leaves_no_trace():
    tables = Tables(_ARMS)
    assert tables[np.array(3)].plays == 0
    assert tables.state_dict() == []
