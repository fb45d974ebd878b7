"""The tables of what agents do under some taxes."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from policybench_gather_trade_build.economy import TAXES, main
from policybench_gather_trade_build.rules import BRACKETS


@pytest.fixture(scope="module")
def tables():
    """The two tables as rows of cells, by tax, for one short look."""
    result = CliRunner().invoke(main, ["--seeds", "1", "--training", "0", "--validation", "2"])
    assert result.exit_code == 0, result.output
    return [
        {row[0]: row[1:] for row in map(_cells, table.splitlines()[2:])}
        for table in result.output.strip().split("\n\n")
    ]


def _cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def _by_agent(cell):
    return np.array(cell.split(), dtype=float)


def test_there_is_a_row_for_each_tax(tables):
    assert [list(table) for table in tables] == [list(TAXES), list(TAXES)]


@pytest.mark.parametrize("tax", TAXES)
def test_welfare_is_that_of_the_coin(tax, tables):
    product, _, equality, total, coin = tables[0][tax][:5]
    assert _by_agent(coin).sum() == pytest.approx(float(total), abs=2.1)
    # a mean of products, not the product of means
    assert float(product) == pytest.approx(float(equality) * float(total) / 4, rel=0.1, abs=5)


@pytest.mark.parametrize("tax", TAXES)
def test_every_income_lies_in_a_bracket_up_to_that_of_the_highest(tax, tables):
    *brackets, highest = tables[1][tax]
    shares = np.array([_by_agent(cell) for cell in brackets])
    assert shares.shape == (len(BRACKETS), 4)
    assert (shares.sum(axis=0) <= 103).all()  # rounding
    assert (shares.sum(axis=0) >= 75).all()  # losses, which lie in no bracket, are not frequent
    reached = max(i for i, start in enumerate(BRACKETS) if float(highest) >= start)
    assert (shares[reached + 1 :] == 0).all()
    assert shares[reached].sum() > 0
