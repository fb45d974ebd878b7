"""The tax: against the paper's own code, case by case, and in general."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybench import InputError
from policybench_harvest.tax import MEMORY, check_rates, tax_step


def tax_episode(rates, raw):
    """Taxed rewards of a whole episode, [n_steps, n_players]."""
    raw = np.asarray(raw, dtype=np.float32)
    history = np.zeros((raw.shape[1], MEMORY), dtype=np.float32)
    taxed = np.empty_like(raw)
    for step, rewards in enumerate(raw):
        tax_step(check_rates(rates), rewards, history, step, taxed[step])
    return taxed


def test_it_agrees_with_the_papers_code():
    """Up to the last bit of float32: the order in which taxes are added up is not the same."""
    reference = np.load(Path(__file__).parent / "traces" / "tax_reference.npz")
    taxed = tax_episode(reference["tax_rates"], reference["raw_rewards"])
    np.testing.assert_allclose(taxed, reference["taxed_rewards"], rtol=0, atol=2e-7)
    assert len(np.unique(np.round(reference["taxed_rewards"], 4))) >= 50


def alone(pattern, rates):
    """What one of seven players pays for each apple of a pattern, from its reward net of its own share."""
    raw = np.zeros((len(pattern), 7), dtype=np.float32)
    raw[:, 2] = pattern
    taxed = tax_episode(rates, raw)
    share = taxed[:, 0]
    return (raw[:, 2] - taxed[:, 2] + share)[raw[:, 2] > 0]


def test_brackets_begin_at_three_and_five_apples():
    paid = alone([1] * 7, (0.1, 0.2, 0.3))
    np.testing.assert_allclose(paid, 4 * np.array([0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.3]), rtol=1e-6)


@pytest.mark.parametrize(("gap", "bracket"), [(9, 1), (10, 0)])
def test_the_window_has_eleven_steps(gap, bracket):
    """The first apple counts towards the third if at most ten steps before it."""
    pattern = [1, 1] + [0] * (gap - 1) + [1]
    assert alone(pattern, (0.1, 0.2, 0.3))[-1] == pytest.approx(4 * (0.1, 0.2)[bracket])


def test_the_window_moves_on():
    """One apple every fourth step: three within eleven steps, from the third on."""
    paid = alone([1, 0, 0, 0] * 20, (0, 0.5, 1))
    np.testing.assert_allclose(paid, [0, 0] + [2] * 18, atol=1e-6)


def test_no_tax_changes_nothing():
    raw = np.random.default_rng(0).integers(0, 2, (100, 7)).astype(np.float32)
    np.testing.assert_array_equal(tax_episode((0, 0, 0), raw), raw)


def test_a_full_tax_makes_an_apple_a_loss():
    raw = np.zeros((1, 7), dtype=np.float32)
    raw[0, 0] = 1
    np.testing.assert_allclose(tax_episode((1, 1, 1), raw)[0], [1 - 4 + 4 / 7] + [4 / 7] * 6, rtol=1e-6)


@given(st.tuples(*[st.floats(0, 1)] * 3), st.integers(0, 2**32 - 1), st.integers(1, 9))
def test_taxes_are_only_passed_on(rates, seed, n_players):
    raw = (np.random.default_rng(seed).random((60, n_players)) < 0.4).astype(np.float32)
    taxed = tax_episode(rates, raw)
    np.testing.assert_allclose(taxed.sum(axis=1), raw.sum(axis=1), atol=1e-5)
    assert taxed.dtype == np.float32


@pytest.mark.parametrize("rates", [(0.5,), (0, 0, 0, 0), (0, 0, 1.01), (-0.1, 0, 0), (0, float("nan"), 0), 0.5])
def test_bad_rates(rates):
    with pytest.raises(InputError, match=r"rates: .*3 rates from 0 to 1"):
        check_rates(rates)
