"""The Saez formula and its elasticity agree with the engine's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from policybench_gather_trade_build.saez import FIRST_ELASTICITY, next_elasticity, saez_rates

with np.load(Path(__file__).parent / "traces" / "gtb_saez_reference.npz") as file:
    CASES = {key: file[key] for key in file.files}


@pytest.mark.parametrize("case", range(12))
def test_rates_agree_with_the_engine(case):
    before, after, fixed = (
        CASES[key][case] for key in ("elasticity_before", "elasticity_after", "fixed_elasticity")
    )
    incomes, rates = CASES["income"][case], CASES["marginal_rate"][case]
    elasticity = next_elasticity(before, incomes, rates)
    assert elasticity == pytest.approx(after, abs=1e-12)
    used = elasticity if np.isnan(fixed) else fixed
    ours = saez_rates(incomes, used, uniform_weights=bool(CASES["uniform_weights"][case]))
    np.testing.assert_allclose(ours, CASES["rates"][case], rtol=0, atol=1e-12)


def test_few_or_equal_observations_teach_nothing():
    incomes = np.linspace(10, 100, 9)
    assert next_elasticity(FIRST_ELASTICITY, incomes, np.linspace(0, 0.8, 9)) == FIRST_ELASTICITY
    assert next_elasticity(FIRST_ELASTICITY, np.linspace(10, 100, 50), np.full(50, 0.3)) == FIRST_ELASTICITY


def test_losses_and_full_taxes_teach_nothing():
    incomes, rates = np.linspace(10, 100, 50), np.full(50, 0.3)
    for income, rate in ((-5.0, 0.0), (20.0, 1.0)):
        among = next_elasticity(FIRST_ELASTICITY, np.append(incomes, income), np.append(rates, rate))
        assert among == FIRST_ELASTICITY


def test_an_elastic_population_is_taxed_less():
    incomes = np.random.default_rng(0).lognormal(4, 1, 500)
    assert (saez_rates(incomes, 2.0)[1:] < saez_rates(incomes, 0.2)[1:]).all()
