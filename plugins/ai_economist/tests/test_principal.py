"""The principal as a whole: it improves, continues exactly, and keeps the rules of ask and tell."""

import numpy as np
import pytest
import torch

from policybench import InputError
from policybench.options import parse_options
from policybench.plugins import registry
from policybench.store import checkpoint

NAME = "ai-economist"
ONE = [[0.9, 0.1]]
TWO = [[0.9, 0.1], [0.2, 0.8]]


# A uniformly random action has a mean regret of 2.4 without and 1.9 with contexts; the noise has deviation 1.
@pytest.mark.parametrize(
    ("contextual", "optima", "budget", "limit"), [(False, ONE, 300, 0.8), (True, TWO, 600, 1.2)]
)
def test_regret_in_a_budget(contextual, optima, budget, limit, quadratic, create, play):
    environment = quadratic([0], optima=optima, contextual=contextual)
    principal = create(NAME, environment.problem, learning_rate=1e-3)
    play(principal, environment, budget)
    assert environment.regret(principal) < limit


def test_the_defaults_learn_too(quadratic, create, play):
    environment = quadratic([0], optima=ONE)
    actions = play(create(NAME, environment.problem), environment, 400)
    means = np.array([environment.mean(0, action) for action in actions])
    assert means[-50:].mean() > means[:50].mean() + 0.5


# The conformance suite asks for the same of principals that have been told.
@pytest.mark.parametrize("before", [0, 1, 7])
def test_a_principal_revived_between_ask_and_tell_continues_identically(before, quadratic, create, play, revived):
    environment = quadratic([3], optima=TWO, contextual=True)
    principal = create(NAME, environment.problem, seed=3, hidden=16)
    play(principal, environment, before)
    principal.ask(np.array([1, 0], dtype=np.int8))
    other = revived(NAME, principal, hidden=16)
    assert checkpoint.encode(other.state_dict()) == checkpoint.encode(principal.state_dict())
    expected = play(principal, environment, 10, first=before)
    assert play(other, environment, 10, first=before).tobytes() == expected.tobytes()
    for context in np.eye(2, dtype=np.int8):
        assert other.recommend(context).tobytes() == principal.recommend(context).tobytes()
    assert checkpoint.encode(other.state_dict()) == checkpoint.encode(principal.state_dict())


def test_a_state_does_not_change_afterwards(quadratic, create, play):
    environment = quadratic([0], optima=ONE)
    principal = create(NAME, environment.problem, hidden=16)
    play(principal, environment, 3)
    state = principal.state_dict()
    before = checkpoint.encode(state)
    play(principal, environment, 3, first=3)
    assert checkpoint.encode(state) == before


def test_the_stream_alone_decides(quadratic, create, play):
    def state(seed):
        environment = quadratic([0], optima=ONE)
        principal = create(NAME, environment.problem, seed=seed, hidden=16)
        play(principal, environment, 8)
        return checkpoint.encode(principal.state_dict())

    torch.manual_seed(1)
    np.random.seed(1)
    first = state(5)
    torch.manual_seed(2)
    np.random.seed(2)
    assert state(5) == first
    assert state(6) != first


def test_threads_change_nothing_and_are_left_as_they_were(quadratic, create, play):
    def state(threads):
        torch.set_num_threads(threads)
        environment = quadratic([0], optima=ONE)
        principal = create(NAME, environment.problem)
        play(principal, environment, 5)
        assert torch.get_num_threads() == threads
        return checkpoint.encode(principal.state_dict())

    threads = torch.get_num_threads()
    try:
        assert state(1) == state(3)
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("dimensions", [1, 4])
def test_actions_are_levels_of_the_space(dimensions, dtype, quadratic, create, play):
    environment = quadratic([0], optima=[[0.1] * dimensions], low=0.1, high=1.9, dtype=dtype)
    principal = create(NAME, environment.problem, levels=4, hidden=8)
    actions = play(principal, environment, 60)
    levels = np.linspace(0.1, 1.9, 4).astype(dtype)
    assert np.isin(actions, levels).all()
    for dimension in range(dimensions):
        assert set(actions[:, dimension]) == set(levels)
    assert environment.problem.action_space.contains(principal.recommend(None))


def _insist(principal, dimension, choice):
    """Make one choice certain in a dimension."""
    with torch.no_grad():
        principal._network.heads[dimension].bias[:] = -1000
        principal._network.heads[dimension].bias[choice] = 1000


def test_the_no_op_keeps_the_last_value_of_its_dimension(quadratic, create, play):
    environment = quadratic([0], optima=ONE)
    principal = create(NAME, environment.problem, levels=5, learning_rate=0.0)
    for dimension in range(2):
        _insist(principal, dimension, 5)
    np.testing.assert_array_equal(play(principal, environment, 2), np.zeros((2, 2)))
    _insist(principal, 0, 3)
    np.testing.assert_array_equal(play(principal, environment, 1), [[0.75, 0]])
    _insist(principal, 0, 5)
    _insist(principal, 1, 4)
    np.testing.assert_array_equal(play(principal, environment, 1), [[0.75, 1]])
    np.testing.assert_array_equal(principal.recommend(None), [0.75, 1])


def test_without_observation_the_outcome_shows_nothing(quadratic, create, play):
    def actions(observe, noise_seed):
        environment = quadratic([noise_seed], optima=ONE, noise=0.0)
        return play(create(NAME, environment.problem, observe=observe, learning_rate=0.1), environment, 20)

    # The environment's observations depend on its seed; its payoffs, without noise, do not.
    np.testing.assert_array_equal(actions(False, 1), actions(False, 2))
    assert not np.array_equal(actions(True, 1), actions(True, 2))


def test_recommending_changes_nothing(quadratic, create, play):
    environment = quadratic([0], optima=TWO, contextual=True)
    principal = create(NAME, environment.problem, hidden=16)
    play(principal, environment, 5)
    before = checkpoint.encode([principal.state_dict(), principal.rng.bit_generator.state])
    principal.recommend(np.array([0, 1]))[:] = np.nan
    assert np.isfinite(principal.recommend(np.array([0, 1]))).all()
    assert checkpoint.encode([principal.state_dict(), principal.rng.bit_generator.state]) == before


def test_a_tell_must_answer_the_ask(quadratic, create):
    environment = quadratic([0], optima=ONE)
    principal = create(NAME, environment.problem, hidden=8)
    (outcome,) = environment.evaluate(0, np.zeros((1, 2)))
    with pytest.raises(ValueError, match="no action is waiting"):
        principal.tell(np.zeros(2), outcome)
    asked = principal.ask(None)
    with pytest.raises(ValueError, match="was asked for"):
        principal.tell(asked + 0.01, outcome)
    principal.tell(asked, outcome)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("epochs=0", "epochs takes an integer, at least 1."),
        ("observe=maybe", "observe takes true or false."),
        ("unbounded=clip", "unbounded takes one of omit, symlog."),
        ("levels=1", "levels takes an integer, at least 2."),
    ],
)
def test_wrong_options_are_refused(given, message):
    with pytest.raises(InputError) as error:
        parse_options(f"principal {NAME}", "-p", [given], registry().principal(NAME).spec.options)
    assert message in str(error.value)


def test_what_only_the_class_can_judge_is_refused_in_one_line(quadratic, create):
    problem = quadratic([0], optima=ONE).problem
    with pytest.raises(InputError, match=r"^-p device=abacus: torch cannot use it here .*; cpu always works$"):
        create(NAME, problem, device="abacus")
