"""What holds for all five: they improve, continue exactly, and keep the rules of ask and tell."""

import copy

import numpy as np
import pytest

from policybench.plugins import registry
from policybench.store import checkpoint

NAMES = ["gp-bo", "optuna-gp", "tpe", "cma-es", "sobol"]
FAST = {"gp-bo": {"startup": 4, "candidates": 200}, "optuna-gp": {"startup": 4}, "tpe": {"startup": 4}}
ONE = [[0.9, 0.1]]
TWO = [[0.9, 0.1], [0.2, 0.8]]


def test_the_plugin_announces_all_five():
    found = {name for name, plugin in registry().principals.items() if plugin.distribution == "policybench-optuna"}
    assert found == set(NAMES)


# A uniformly random action has a mean regret of 2.4 without and 1.9 with contexts; the noise has deviation 1.
@pytest.mark.parametrize(("contextual", "optima", "budget"), [(False, ONE, 50), (True, TWO, 80)])
@pytest.mark.parametrize("name", NAMES)
def test_regret_in_a_budget(name, contextual, optima, budget, quadratic, create, play):
    regrets = []
    for seed in range(1 if name == "optuna-gp" else 3):  # it takes longest by far
        environment = quadratic([seed], optima=optima, contextual=contextual)
        principal = create(name, environment.problem, seed=seed)
        play(principal, environment, budget)
        regrets.append(environment.regret(principal))
    assert np.mean(regrets) < 0.5


@pytest.mark.parametrize("name", ["gp-bo", "optuna-gp", "tpe", "cma-es"])
def test_later_actions_pay_more_than_early_ones(name, quadratic, create, play):
    environment = quadratic([1], optima=ONE)
    actions = play(create(name, environment.problem, seed=1), environment, 60)
    means = np.array([environment.mean(0, action) for action in actions])
    assert means[-15:].mean() > means[:10].mean() + 0.5


# The conformance suite asks for the same of principals that have been told.
@pytest.mark.parametrize("before", [0, 1, 5, 23])
@pytest.mark.parametrize("name", NAMES)
def test_a_principal_revived_between_ask_and_tell_continues_identically(
    name, before, quadratic, create, play, revived
):
    environment = quadratic([3], optima=TWO, contextual=True)
    options = FAST.get(name, {})
    principal = create(name, environment.problem, seed=3, **options)
    play(principal, environment, before)
    principal.ask(np.array([1, 0], dtype=np.int8))
    other = revived(name, principal, **options)
    assert checkpoint.encode(other.state_dict()) == checkpoint.encode(principal.state_dict())
    after = 8 if name == "optuna-gp" else 15
    expected = play(principal, environment, after, first=before)
    assert play(other, environment, after, first=before).tobytes() == expected.tobytes()
    for context in np.eye(2, dtype=np.int8):
        assert other.recommend(context).tobytes() == principal.recommend(context).tobytes()
    assert checkpoint.encode(other.state_dict()) == checkpoint.encode(principal.state_dict())


@pytest.mark.parametrize("name", NAMES)
def test_a_used_principal_can_load_another_state(name, quadratic, create, play, revived):
    environment = quadratic([3], optima=ONE)
    options = FAST.get(name, {})
    principal = create(name, environment.problem, seed=3, **options)
    play(principal, environment, 12)
    saved = copy.deepcopy((principal.state_dict(), principal.rng.bit_generator.state))
    expected = play(principal, environment, 5, first=12)
    play(principal, environment, 5, first=100)
    principal.load_state_dict(saved[0])
    principal.rng.bit_generator.state = saved[1]
    assert play(principal, environment, 5, first=12).tobytes() == expected.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_the_stream_alone_decides(name, quadratic, create, play):
    def actions(seed):
        environment = quadratic([0], optima=ONE)
        return play(create(name, environment.problem, seed=seed, **FAST.get(name, {})), environment, 12)

    np.random.seed(1)
    first = actions(5)
    np.random.seed(2)
    np.testing.assert_array_equal(first, actions(5))
    assert not np.array_equal(first, actions(6))


@pytest.mark.parametrize(("dimensions", "dtype"), [(1, np.float64), (4, np.float32)])
@pytest.mark.parametrize("name", NAMES)
def test_actions_lie_in_the_space(name, dimensions, dtype, quadratic, create, play):
    environment = quadratic([0], optima=[[0.1] * dimensions], low=0.1, high=1.9, dtype=dtype)
    principal = create(name, environment.problem, **FAST.get(name, {}))
    assert play(principal, environment, 15).shape == (15, dimensions)
    assert environment.problem.action_space.contains(principal.recommend(None))


@pytest.mark.parametrize("name", NAMES)
def test_recommending_changes_nothing(name, quadratic, create, play):
    environment = quadratic([0], optima=TWO, contextual=True)
    principal = create(name, environment.problem)
    np.testing.assert_array_equal(principal.recommend(np.array([1, 0])), [0.5, 0.5])
    play(principal, environment, 9)
    before = checkpoint.encode([principal.state_dict(), principal.rng.bit_generator.state])
    for context in ([0, 1], [1, 0], [0, 0]):
        action = principal.recommend(np.array(context))
        assert environment.problem.action_space.contains(action)
    action[:] = np.nan
    assert checkpoint.encode([principal.state_dict(), principal.rng.bit_generator.state]) == before


@pytest.mark.parametrize("name", NAMES)
def test_a_tell_must_answer_the_ask(name, quadratic, create):
    environment = quadratic([0], optima=ONE)
    principal = create(name, environment.problem)
    (outcome,) = environment.evaluate(0, np.zeros((1, 2)))
    with pytest.raises(ValueError, match="no action is waiting"):
        principal.tell(np.zeros(2), outcome)
    asked = principal.ask(None)
    with pytest.raises(ValueError, match="was asked for"):
        principal.tell(asked + 0.01, outcome)
    principal.tell(asked, outcome)


@pytest.mark.parametrize("name", NAMES)
def test_a_lucky_draw_is_not_recommended(name, quadratic, create, play):
    environment = quadratic([0], optima=ONE, noise=0.1)
    principal = create(name, environment.problem, **FAST.get(name, {}))
    play(principal, environment, 40)
    good = principal.recommend(None)
    # One payoff far off the best action that stands a little out of its neighbours, as noise does.
    principal.histories.add(None, np.array([0.3, 0.9]), environment.mean(0, good) + 0.3)
    for shift in (-0.02, -0.01, 0.01, 0.02):
        point = np.array([0.3 + shift, 0.9 + shift])
        principal.histories.add(None, point, environment.mean(0, point))
    assert environment.mean(0, principal.recommend(None)) > environment.mean(0, good) - 0.5
