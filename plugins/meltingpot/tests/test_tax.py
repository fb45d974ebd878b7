"""Tax and incentives against plain descriptions of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybench_meltingpot.incentives import pay
from policybench_meltingpot.tax import Tax


def taxed(rates, raw):
    tax = Tax(np.shape(raw)[1])
    tax.set_rates(np.array(rates))
    tax.restart()
    return np.array([tax.step(rewards) for rewards in np.asarray(raw, dtype=np.float32)])


def paid_alone(pattern, rates):
    """What one of seven players pays for each apple of a pattern."""
    raw = np.zeros((len(pattern), 7), dtype=np.float32)
    raw[:, 2] = pattern
    after = taxed(rates, raw)
    return (raw[:, 2] - after[:, 2] + after[:, 0])[raw[:, 2] > 0]


def test_brackets_begin_at_three_and_five_apples():
    paid = paid_alone([1] * 7, (0.1, 0.2, 0.3))
    np.testing.assert_allclose(paid, 4 * np.array([0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.3]), rtol=1e-6)


@pytest.mark.parametrize(("gap", "bracket"), [(9, 1), (10, 0)])
def test_the_window_has_eleven_steps(gap, bracket):
    pattern = [1, 1] + [0] * (gap - 1) + [1]
    assert paid_alone(pattern, (0.1, 0.2, 0.3))[-1] == pytest.approx(4 * (0.1, 0.2)[bracket])


@given(st.tuples(*[st.floats(0, 1)] * 3), st.integers(0, 2**32 - 1))
def test_taxes_are_only_passed_on(rates, seed):
    raw = (np.random.default_rng(seed).random((60, 7)) < 0.4).astype(np.float32)
    np.testing.assert_allclose(taxed(rates, raw).sum(axis=1), raw.sum(axis=1), atol=1e-5)


@pytest.mark.parametrize(
    ("eaten", "hits", "raw", "earns"),
    [(1, 0, 0.1, 0), (2, 0, 0.2, 0), (1, 2, 0.1, 0), (0, 1, -1.0, 1), (0, 3, -1.0, 1), (0, 0, 0.0, 2)],
)
def test_what_followers_get(eaten, hits, raw, earns):
    incentives = np.array([0.5, 1.5, 0.25])
    paid = pay(incentives, np.array([eaten], dtype=np.float32), np.array([hits]))
    assert paid.raw[0] == pytest.approx(raw)
    assert paid.rewards[0] == pytest.approx(raw + incentives[earns])
    assert paid.cleans[0] == (earns == 1)
    assert paid.rewards.dtype == np.float32
