"""A principal that is told only of what it asked for, also after it was saved and loaded."""

import numpy as np
import pytest
from gymnasium import spaces

from policybench import AskTell, Description, Dimension, Outcome, Problem, Timesteps
from policybench.store.checkpoint import decode, encode

PROBLEM = Problem(
    action_space=spaces.Box(0.0, 1.0, (2,), np.float32),
    observation_space=spaces.Dict(),
    context_space=spaces.Discrete(3),
    steps=10,
    fine_levels=5,
    coarse_levels=3,
    description=Description("", (Dimension("x", ""), Dimension("y", "")), "", context="which"),
)


class Diary(AskTell):
    """Draws actions and writes down what it is told."""

    def __init__(self, *, rng):
        super().__init__(PROBLEM, rng=rng)
        self.told = []

    def choose(self, context):
        return self.rng.random(2).astype(np.float32)

    def learn(self, context, action, outcome):
        if np.isnan(outcome.payoff):
            raise ValueError("not a number")
        self.told.append([int(context), action.tolist(), outcome.payoff])

    def recommend(self, context):
        return PROBLEM.middle


@pytest.fixture
def diary():
    return Diary(rng=np.random.default_rng(0))


def outcome(payoff):
    return Outcome(payoff, Timesteps(1, 1))


def test_it_learns_in_the_context_and_of_the_action_that_it_asked_for(diary):
    context = np.array(2)
    # The harness passes actions on in double precision.
    action = diary.ask(context).astype(np.float64)
    context[...] = 1
    diary.tell(action, outcome(0.5))
    assert diary.told == [[2, action.tolist(), 0.5]]


def test_what_it_returns_may_be_written_into(diary):
    action = diary.ask(np.array(0))
    kept = action.copy()
    action[:] = 0
    diary.tell(kept, outcome(1.0))


def test_it_refuses_what_it_never_asked_for_and_stays_as_it_was(diary):
    with pytest.raises(ValueError, match="no action is waiting"):
        diary.tell(PROBLEM.middle, outcome(1.0))
    forgotten = diary.ask(np.array(0))
    action = diary.ask(np.array(1))
    with pytest.raises(ValueError, match="was asked for"):
        diary.tell(forgotten, outcome(1.0))
    diary.tell(action, outcome(2.0))
    with pytest.raises(ValueError, match="no action is waiting"):
        diary.tell(action, outcome(2.0))
    assert diary.told == [[1, action.tolist(), 2.0]]


def test_an_outcome_that_it_cannot_learn_from_leaves_the_question_open(diary):
    action = diary.ask(np.array(0))
    with pytest.raises(ValueError, match="not a number"):
        diary.tell(action, outcome(np.nan))
    diary.tell(action, outcome(1.0))
    assert len(diary.told) == 1


@pytest.mark.parametrize("open_question", [True, False])
def test_the_open_question_survives_a_checkpoint(diary, open_question):
    action = diary.ask(np.array(1))
    if not open_question:
        diary.tell(action, outcome(3.0))
        diary.told.clear()
    other = Diary(rng=np.random.default_rng(1))
    other.load_state_dict(decode(encode(diary.state_dict())))
    if open_question:
        other.tell(action, outcome(3.0))
        assert other.told == [[1, action.tolist(), 3.0]]
    else:
        with pytest.raises(ValueError, match="no action is waiting"):
            other.tell(action, outcome(3.0))
