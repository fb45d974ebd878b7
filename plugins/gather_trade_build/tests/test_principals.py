"""The principals of economics: what they set, and whom they refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from policybench import InputError, Outcome, Timesteps
from policybench_gather_trade_build import policybench_environments, policybench_principals
from policybench_gather_trade_build.saez import MEMORY, saez_rates

(ENVIRONMENT,) = policybench_environments()
SPECS = {spec.name: spec for spec in policybench_principals()}


@pytest.fixture(scope="module")
def problem():
    return ENVIRONMENT.create([0]).problem


def made(name, problem):
    return SPECS[name].create(problem, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("name", "rates"),
    [("free-market", [0] * 7), ("us-federal", [0.10, 0.12, 0.22, 0.24, 0.32, 0.35, 0.37])],
)
def test_schedules(name, rates, problem):
    principal = made(name, problem)
    assert principal.ask(None).tolist() == principal.recommend(None).tolist() == rates


def test_saez_explores_and_then_follows_the_formula(problem):
    principal, rng = made("saez", problem), np.random.default_rng(1)
    seen, told = [], []
    for _ in range(20):
        rates = principal.ask(None)
        explores = 40 * len(told) < MEMORY
        if not explores:
            incomes = np.concatenate(told)[-MEMORY:]
            elasticity = principal.notes()["elasticity"]
            np.testing.assert_allclose(rates, saez_rates(incomes, elasticity))
        seen.append(rates)
        incomes = rng.lognormal(3 + np.log(1 - 0.9 * rates[2]), 1, (10, 4))
        told.append(incomes.ravel())
        principal.tell(rates, Outcome(0.0, Timesteps(1, 1), {"incomes": incomes}))
    assert len({rates.tobytes() for rates in seen[:13]}) == 13
    assert (np.array(seen) >= 0).all()
    assert (np.array(seen) <= 1).all()


@pytest.mark.parametrize("name", SPECS)
def test_another_environment_is_refused_in_one_line(name, problem):
    other = problem.__class__(**{**vars(problem), "description": _another(problem)})
    with pytest.raises(InputError, match=f"principal {name} .* only environment gather-trade-build") as refusal:
        made(name, other)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", SPECS)
def test_relabelled_rates_are_refused_by_the_option_that_does_it(name, problem):
    action = problem.description.action[::-1]
    relabelled = replace(problem, description=replace(problem.description, action=action))
    with pytest.raises(
        InputError, match="without -e relabel; the action of this one begins with 'rate above 510'"
    ):
        made(name, relabelled)


def _another(problem):
    description = problem.description
    return description.__class__(**{**vars(description), "action": description.action[:1]})
