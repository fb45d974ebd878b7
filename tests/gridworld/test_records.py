"""Records in Python and in kernels."""

from __future__ import annotations

import numpy as np

from policybench.compiled import compiled
from policybench.gridworld.records import make_record, make_records


@compiled
def tick(rules, games, g):
    """Count a step of game g and mark its cells that are on the list."""
    game = games[g]
    game.step += rules.pace
    for cell in rules.cells:
        game.board[cell] = 1


def test_kernels_read_and_change_what_python_sees():
    rules = make_record(cells=np.array([0, 2], dtype=np.int32), pace=3, fast=True)
    games = make_records(2, [("board", np.uint8, (4,)), ("step", np.int32, ())])
    assert rules.cells.tolist() == [0, 2]
    assert rules.fast
    tick(rules, games, 1)
    assert games.step.tolist() == [0, 3]
    assert games.board.tolist() == [[0, 0, 0, 0], [1, 0, 1, 0]]
    assert games[1].step == 3


def test_all_bytes_of_new_records_are_zero():
    """Those between the fields too: equal games are equal bytes."""
    records = make_records(3, [("flag", np.uint8, ()), ("number", np.float64, (2,)), ("last", np.uint8, ())])
    assert records.dtype.itemsize > 18
    assert not any(records.tobytes())
