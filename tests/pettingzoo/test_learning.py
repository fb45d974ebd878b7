"""Advantages where agents come and go, and how truncation and termination differ."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_games import Choices, choices

from policybench.pettingzoo.advantages import estimate_advantages
from policybench.pettingzoo.rollout import EpisodeSeeds, play


@given(st.lists(st.integers(1, 8), min_size=1, max_size=4), st.integers(0, 99))
def test_advantages_are_sums_of_discounted_errors(lengths, seed):
    """Tracks of several lengths, interleaved in time as in play, against the definition."""
    rng = np.random.default_rng(seed)
    rows = sorted((t, track) for track, length in enumerate(lengths) for t in range(length))
    track = np.array([row[1] for row in rows])
    n = len(rows)
    rewards, values, bootstrap = rng.normal(size=(3, n)).astype(np.float32)
    continues = np.array([t + 1 < lengths[which] for t, which in rows])
    bootstrap[continues] = 0
    advantages, returns = estimate_advantages(
        rewards, values, continues, bootstrap, track, discount=0.9, gae_lambda=0.8
    )
    for which, length in enumerate(lengths):
        mine = np.flatnonzero(track == which)
        following = np.append(values[mine][1:], bootstrap[mine[-1]])
        errors = rewards[mine] + 0.9 * following - values[mine]
        expected = [sum(0.72 ** (s - t) * errors[s] for s in range(t, length)) for t in range(length)]
        np.testing.assert_allclose(advantages[mine], expected, atol=1e-5)
    np.testing.assert_allclose(returns, advantages + values, atol=1e-6)


def last_samples(longest=100, **game):
    """The environment, and step by step what was played of one episode."""
    env = choices([0], partial(Choices, **game))
    env.train(0, 0, np.zeros(3))
    luck = EpisodeSeeds(1, np.random.default_rng(0))
    (steps,) = play(env._copies, [luck], list(env.followers.values()), env._interface, longest=longest)
    return steps


def test_the_critic_says_what_follows_a_truncation_and_nothing_follows_a_termination():
    assert np.all(last_samples(length=5)[-1].bootstrap != 0)
    assert np.all(last_samples(length=5, truncates=False)[-1].bootstrap == 0)
    cut = last_samples(length=5, longest=3)
    assert len(cut) == 3
    assert np.all(cut[-1].bootstrap != 0)
    assert not cut[-1].continues.any()


def test_an_agent_that_leaves_acts_no_more():
    steps = last_samples(length=6, leaves=2)
    assert [step.agent.tolist() for step in steps] == [[0, 1], [0, 1], [0], [0], [0], [0]]
    assert steps[1].continues.tolist() == [True, False]
    assert steps[1].bootstrap.tolist() == [0, 0]


def test_one_sample_is_not_enough_to_learn_from():
    class Alone(Choices):
        def __init__(self):
            super().__init__(length=1)
            self.possible_agents = ["a"]

    with pytest.raises(ValueError, match="games: 1; an update needs at least two samples"):
        choices([0], Alone).evaluate(0, np.zeros((1, 3)))
    assert choices([0], Alone, games=2).evaluate(0, np.zeros((1, 3)))[0].timesteps.training == 2
