"""MetaGrad on a problem with a known optimum; its states, its inputs, its refusals."""

from __future__ import annotations

import copy
import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gymnasium import spaces

from policybench import InputError, Outcome, Timesteps
from policybench.plugins import registry
from policybench.testing.check import same

HERE = Path(__file__).parent
_spec = importlib.util.spec_from_file_location("metagrad_quadratic", HERE / "quadratic.py")
quadratic = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(quadratic)


def make_environment(*, context=False, noise=0.5, control=False, seed=0):
    return quadratic.Quadratic([seed], context=context, noise=noise, control=control)


def make_principal(problem, seed=0, **options):
    rng = np.random.Generator(np.random.SFC64(seed))
    return registry().principal("metagrad").spec.create(problem, rng=rng, **options)


def play(principal, environment, steps, begin=0):
    """Play; returns regrets without noise, [steps], and the actions."""
    regrets, actions = [], []
    for step in range(begin, begin + steps):
        contexts = environment.contexts(step)
        action = principal.ask(None if contexts is None else contexts[0])
        best = quadratic.BEST[0 if contexts is None else int(contexts[0].argmax())]
        regrets.append(((action - best) ** 2).sum())
        actions.append(action)
        principal.tell(action, environment.evaluate(step, action[None], gradient=True)[0])
    return np.array(regrets), np.array(actions)


@pytest.mark.parametrize(("context", "observe", "seed"), [(False, True, 0), (False, False, 1), (True, True, 2)])
def test_regret_falls_below_a_twentieth_in_300_steps(context, observe, seed):
    environment = make_environment(context=context, seed=seed)
    regrets, _ = play(make_principal(environment.problem, seed, observe=observe), environment, 300)
    assert regrets[-30:].mean() < 0.05 * regrets[:5].mean()


def test_the_baseline_takes_the_noise_away():
    environment = make_environment(control=True)
    principal = make_principal(environment.problem)
    regrets, _ = play(principal, environment, 400)
    assert regrets[-30:].mean() < 0.3 * regrets[:5].mean()

    blind = make_principal(environment.problem)
    taken = blind.tell
    blind.tell = lambda action, outcome: taken(action, replace(outcome, baseline_gradient=None))
    without, _ = play(blind, environment, 400)
    assert without[-30:].mean() > 2 * regrets[-30:].mean()


def test_one_step_is_the_chain_rule():
    import torch

    environment = make_environment()
    principal = make_principal(environment.problem, gradient_norm=0.0)
    twin = copy.deepcopy(principal._network)
    optimizer = torch.optim.Adam(twin.parameters(), lr=2e-4)
    action = principal.ask(None)
    first = Outcome(3.0, Timesteps(1, 1), {"payoff": np.array([3.0]), "unbounded": np.zeros(2)})
    principal.tell(action, replace(first, gradient=np.array([5.0, -1.0]), baseline_gradient=np.array([2.0, 1.0])))
    # The first payoff is its own baseline.
    (-(twin(torch.ones(1)) * torch.tensor([5.0 - 3 * 2, -1 - 3 * 1])).sum()).backward()
    optimizer.step()
    for one, other in zip(twin.parameters(), principal._network.parameters(), strict=True):
        torch.testing.assert_close(one, other)
    assert principal.notes() == {"baseline": 3.0}


def test_states_continue_identically():
    environment = make_environment(context=True)
    principal = make_principal(environment.problem)
    play(principal, environment, 7)
    context = environment.contexts(7)[0]
    asked = principal.ask(context)
    other = make_principal(environment.problem, seed=99)
    other.load_state_dict(copy.deepcopy(principal.state_dict()))
    outcome = environment.evaluate(7, asked[None], gradient=True)[0]
    principal.tell(asked, outcome)
    other.tell(asked, outcome)
    _, one = play(principal, environment, 9, begin=8)
    _, two = play(other, environment, 9, begin=8)
    assert one.tobytes() == two.tobytes()
    np.testing.assert_equal(principal.state_dict(), other.state_dict())


def test_recommending_is_asking_without_consequences():
    environment = make_environment()
    principal = make_principal(environment.problem)
    play(principal, environment, 5)
    state = copy.deepcopy(principal.state_dict())
    recommended = principal.recommend(None)
    np.testing.assert_equal(principal.state_dict(), state)
    np.testing.assert_array_equal(principal.ask(None), recommended)
    assert environment.problem.action_space.contains(recommended)


def test_observations_matter_only_if_they_are_observed():
    environment = make_environment()
    for observe in (True, False):
        principal = make_principal(environment.problem, observe=observe)
        play(principal, environment, 1)
        state = copy.deepcopy(principal.state_dict())
        assert (state["observed"] == 1).all() != observe
        assert state["observed"].shape == (1,)  # entries without bounds are left out


@pytest.mark.parametrize("context", [False, True])
def test_it_learns_where_there_is_nothing_to_observe(context):
    environment = make_environment(context=context)
    problem = replace(environment.problem, observation_space=spaces.Dict())
    regrets, _ = play(make_principal(problem), environment, 300)
    assert regrets[-30:].mean() < 0.05 * regrets[:5].mean()


def test_a_tell_must_answer_the_ask_and_carry_a_gradient():
    environment = make_environment()
    principal = make_principal(environment.problem)
    outcome = Outcome(1.0, Timesteps(1, 1), {"payoff": np.zeros(1), "unbounded": np.zeros(2)})
    with pytest.raises(ValueError, match="no action is waiting"):
        principal.tell(np.zeros(2), outcome)
    action = principal.ask(None)
    with pytest.raises(ValueError, match="was asked for"):
        principal.tell(action + 0.01, outcome)
    before = principal.state_dict()
    with pytest.raises(ValueError, match="without a gradient"):
        principal.tell(action, outcome)
    assert same(principal.state_dict(), before)


def test_refusals():
    problem = make_environment().problem
    with pytest.raises(InputError, match="-p device=nowhere"):
        make_principal(problem, device="nowhere")
    with pytest.raises(InputError, match="cannot be made a vector"):
        make_principal(replace(problem, observation_space=spaces.Dict({"x": spaces.Sequence(spaces.Discrete(2))})))
