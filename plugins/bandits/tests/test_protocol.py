"""What holds for all five principals: ask and tell, contexts, recommendations, saved states."""

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policybench.plugins import registry

_OPTIONS = {
    "ucb": {},
    "epsilon-greedy": {"epsilon": 0.3},
    "thompson": {},
    "fixed": {"action": (0.25, 1.5)},
    "random": {},
}
_LEARNERS = ["ucb", "epsilon-greedy", "thompson", "random"]


@pytest.fixture(scope="module")
def problem(make_problem):
    return make_problem(high=2.0, dimensions=2, levels=3)


def _plain(state):
    """A copy made only of what a checkpoint may hold; fails on anything else."""
    if isinstance(state, dict):
        assert all(isinstance(key, str) for key in state)
        return {key: _plain(value) for key, value in state.items()}
    if isinstance(state, list):
        return [_plain(value) for value in state]
    if isinstance(state, np.ndarray):
        assert not state.dtype.hasobject
        return np.frombuffer(state.tobytes(), state.dtype).reshape(state.shape)
    assert state is None or type(state) in (bool, int, float, str, bytes), type(state)
    return state


def _same(one, other):
    np.testing.assert_equal(_plain(one), _plain(other))


def _revived(create, name, problem, principal):
    """Another instance that continues from a principal's saved state and random stream."""
    other = create(name, problem, seed=999, **_OPTIONS[name])
    other.load_state_dict(_plain(principal.state_dict()))
    other.rng.bit_generator.state = copy.deepcopy(principal.rng.bit_generator.state)
    return other


def test_all_principals_of_the_plugin_are_tested():
    found = {
        name for name, plugin in registry().principals.items() if plugin.distribution == "policybench-bandits"
    }
    assert found == {*_OPTIONS, "landscape-best"}


_CONTEXTS = st.sampled_from([None, np.array(0), np.array(1), np.array([0.0, 1.0])])
_STEPS = st.lists(st.tuples(_CONTEXTS, st.floats(-50, 50)), max_size=25)


@pytest.mark.parametrize("name", _OPTIONS)
@settings(max_examples=40, deadline=None)
@given(before=_STEPS, after=_STEPS, asked=st.booleans(), seed=st.integers(0, 10**6))
def test_a_revived_principal_continues_identically(name, problem, create, outcome, before, after, asked, seed):
    principal = create(name, problem, seed=seed, **_OPTIONS[name])
    for context, payoff in before:
        principal.tell(principal.ask(context), outcome(payoff))
    action = principal.ask(np.array(1)) if asked else None
    other = _revived(create, name, problem, principal)
    _same(other.state_dict(), principal.state_dict())
    if action is not None:
        principal.tell(action, outcome(3.5))
        other.tell(action, outcome(3.5))
    for context, payoff in after:
        action = principal.ask(context)
        assert other.ask(context).tobytes() == action.tobytes()
        principal.tell(action, outcome(payoff))
        other.tell(action, outcome(payoff))
        assert other.recommend(context).tobytes() == principal.recommend(context).tobytes()
    _same(other.state_dict(), principal.state_dict())


@pytest.mark.parametrize("name", _OPTIONS)
@settings(max_examples=25, deadline=None)
@given(steps=_STEPS, unseen=_CONTEXTS)
def test_recommending_changes_nothing(name, problem, create, outcome, steps, unseen):
    principal = create(name, problem, **_OPTIONS[name])
    for context, payoff in steps:
        principal.tell(principal.ask(context), outcome(payoff))
    state, stream = copy.deepcopy(principal.state_dict()), copy.deepcopy(principal.rng.bit_generator.state)
    first = principal.recommend(unseen)
    assert problem.action_space.contains(first)
    first[:] = np.nan
    assert np.isfinite(principal.recommend(unseen)).all()
    _same(principal.state_dict(), state)
    np.testing.assert_equal(principal.rng.bit_generator.state, stream)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", _OPTIONS)
def test_actions_lie_in_the_space_and_come_back_as_float64(name, make_problem, create, outcome, dtype):
    problem = make_problem(low=0.1, high=1.9, dimensions=2, levels=4, dtype=dtype)
    principal = create(name, problem, **_OPTIONS[name])
    for step in range(60):
        action = principal.ask(None)
        assert problem.action_space.contains(action)
        principal.tell(action.astype(np.float64), outcome(step))
        assert problem.action_space.contains(principal.recommend(None))


@pytest.mark.parametrize("name", _OPTIONS)
def test_a_tell_must_answer_the_ask(name, problem, create, outcome):
    principal = create(name, problem, **_OPTIONS[name])
    with pytest.raises(ValueError, match=r"told of action \[0. 0.\], but no action is waiting"):
        principal.tell(np.zeros(2), outcome(1))
    asked = principal.ask(None)
    before = copy.deepcopy(principal.state_dict())
    for wrong in (asked + 0.01, asked[:1]):
        with pytest.raises(ValueError, match=r"told of action \[.*\], but \[.*\] was asked for"):
            principal.tell(wrong, outcome(1))
    _same(principal.state_dict(), before)
    principal.tell(asked, outcome(1))
    with pytest.raises(ValueError, match="no action is waiting"):
        principal.tell(asked, outcome(1))


@pytest.mark.parametrize("name", _OPTIONS)
def test_callers_may_overwrite_actions_and_contexts(name, problem, create, outcome):
    principal = create(name, problem, **_OPTIONS[name])
    principal.tell(principal.ask(None), outcome(100))
    context = np.array([0.0, 1.0])
    action = principal.ask(context)
    kept = action.copy()
    action[:], context[:] = -1, -1
    principal.tell(kept, outcome(1))
    np.testing.assert_array_equal(principal.recommend(np.array([0.0, 1.0])), kept)


@pytest.mark.parametrize("difference", [1, 1e-9])
@pytest.mark.parametrize("name", _LEARNERS)
def test_contexts_are_learned_apart(name, difference, problem, create, outcome):
    principal = create(name, problem, **_OPTIONS[name])
    left, right = np.array([0.5 + difference, 0.5]), np.array([0.5, 0.5 + difference])
    best = {0: np.zeros(2), 1: np.zeros(2)}
    highest = {0: -np.inf, 1: -np.inf}
    for step in range(200):
        side = step % 2
        action = principal.ask((left, right)[side])
        # On the left high actions pay, on the right low ones.
        payoff = action.sum() if side == 0 else -action.sum()
        principal.tell(action, outcome(payoff))
        if payoff > highest[side]:
            highest[side], best[side] = payoff, action
    np.testing.assert_array_equal(principal.recommend(left), best[0])
    np.testing.assert_array_equal(principal.recommend(right), best[1])
    assert best[0].sum() > best[1].sum()


@pytest.mark.parametrize("name", _LEARNERS)
def test_before_any_payoff_the_middle_is_recommended(name, problem, create):
    np.testing.assert_array_equal(create(name, problem).recommend(None), [1.0, 1.0])


@pytest.mark.parametrize("name", _LEARNERS)
def test_an_unseen_context_profits_from_the_others(name, problem, create, outcome):
    principal = create(name, problem, **_OPTIONS[name])
    paid = {}
    for step, payoff in enumerate([3.0, 9.0, 4.0]):
        action = principal.ask(np.array(step))
        principal.tell(action, outcome(payoff))
        paid.setdefault(action.tobytes(), []).append(payoff)
    recommended = principal.recommend(np.array(77)).tobytes()
    mean = max if name == "random" else np.mean
    assert mean(paid[recommended]) == max(mean(payoffs) for payoffs in paid.values())


@pytest.mark.parametrize("name", _LEARNERS)
def test_only_tried_actions_are_recommended_even_if_all_lose(name, problem, create, outcome):
    principal = create(name, problem, **_OPTIONS[name])
    tried = []
    for payoff in (-30.0, -20.0, -40.0):
        tried.append(principal.ask(None))
        principal.tell(tried[-1], outcome(payoff))
    assert any(np.array_equal(principal.recommend(None), action) for action in tried)


@pytest.mark.parametrize("name", ["ucb", "epsilon-greedy", "thompson", "random"])
def test_the_stream_alone_decides(name, problem, create, outcome):
    def actions(seed):
        principal = create(name, problem, seed=seed, **_OPTIONS[name])
        taken = []
        for step in range(30):
            taken.append(principal.ask(None))
            principal.tell(taken[-1], outcome(step % 7))
        return np.stack(taken)

    np.testing.assert_array_equal(actions(5), actions(5))
    assert not np.array_equal(actions(5), actions(6))
