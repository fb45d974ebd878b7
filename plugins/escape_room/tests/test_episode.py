"""What an episode records is what happened, and what the networks wanted."""

from __future__ import annotations

import numpy as np
import pytest

from policybench.streams import kernel_stream
from policybench_escape_room import independent, shared
from policybench_escape_room.episode import make_episode, make_samples, play, sample_of
from policybench_escape_room.game import cer_rules, escape_room_rules, is_over, move
from policybench_escape_room.mlp import layers


def play_one(rules, kind, seed, stream):
    """An episode of followers that prefer some actions by far."""
    shape = kind.make_shape(rules)
    factor = 4 if kind is independent else 12
    net = layers(shape, np.float32(factor) * kind.starting_parameters(shape, seed))
    batch, episode = make_samples(rules, shape), make_episode(rules)
    steps = play(rules, 0, shape, net, stream, batch, episode)
    return shape, batch, episode, steps


@pytest.mark.parametrize("kind", [independent, shared])
@pytest.mark.parametrize("rules", [cer_rules(), escape_room_rules(), escape_room_rules(3, 1)])
def test_places_rewards_and_door_follow_from_each_other(kind, rules):
    lengths = set()
    for seed in range(30):
        _, _, episode, steps = play_one(rules, kind, seed, kernel_stream(seed, 0, "test"))
        assert (episode.places[0] == rules.start).all()
        rewards = np.zeros(rules.n_followers)
        for t in range(steps):
            before, after = episode.places[t], episode.places[t + 1]
            assert move(rules, 0, before, after, rewards) == episode.door_open[t]
            np.testing.assert_array_equal(rewards, episode.rewards[t])
            assert is_over(rules, after, episode.door_open[t], t + 1) == (t + 1 == steps)
        lengths.add(steps)
    assert lengths == {5} if not rules.exit_ends else len(lengths) > 1


@pytest.mark.parametrize("kind", [independent, shared])
def test_followers_see_something_new_whenever_somebody_moved(kind):
    repeated = 0
    for seed in range(30):
        shape, batch, episode, steps = play_one(cer_rules(), kind, seed, kernel_stream(seed, 0, "test"))
        for t in range(steps):
            for follower in range(5):
                ones = batch.ones[sample_of(cer_rules(), shape, episode.views[t], follower)]
                assert (ones[:5] - 5 * np.arange(5)).tolist() == episode.places[t].tolist()
                assert ones[5] == 25
                assert kind is independent or ones[6] == 28 + follower
            stayed = t > 0 and (episode.places[t] == episode.places[t - 1]).all()
            assert episode.views[t] == (0 if t == 0 else episode.views[t - 1] + (not stayed))
            repeated += stayed
    assert repeated > 0


def test_actions_are_drawn_as_the_policy_says():
    """Frequencies of first actions over many episodes against the probabilities, by chi-square."""
    rules = cer_rules()
    stream = kernel_stream(0, 0, "test")
    counts = np.zeros((5, 5))
    n = 4000
    for _ in range(n):
        shape, _, episode, _ = play_one(rules, independent, 0, stream)
        counts[np.arange(5), episode.places[1]] += 1
    policy = np.stack([episode.policy[sample_of(rules, shape, 0, follower)] for follower in range(5)])
    assert policy.max() > 0.25
    statistic = ((counts - n * policy) ** 2 / (n * policy)).sum()
    assert statistic < 45.3  # the 99.9th percentile with 20 degrees of freedom


def test_each_follower_draws_once_a_step():
    from policybench.compiled import next_raw

    stream, other = kernel_stream(3, 0, "test"), kernel_stream(3, 0, "test")
    _, _, _, steps = play_one(cer_rules(), independent, 0, stream)
    for _ in range(5 * steps):
        next_raw(other)
    np.testing.assert_array_equal(stream, other)


def test_orthogonal_starting_parameters():
    shape = shared.make_shape(cer_rules())
    net = layers(shape, shared.starting_parameters(shape, 0))
    for weights, gain in ((net.w1[0], 2), (net.w2[0], 2), (net.w3[0, :5], 1e-4), (net.w3[0, 5:], 1)):
        np.testing.assert_allclose(weights @ weights.T, gain * np.eye(len(weights)), atol=1e-6 * max(gain, 1e-4))
    assert not any(bias.any() for bias in net[1::2])


def test_starting_parameters_of_independent_followers_differ_and_have_the_range_of_their_layer():
    shape = independent.make_shape(cer_rules())
    net = layers(shape, independent.starting_parameters(shape, 0))
    for part, inputs in zip(net, (28, 28, 64, 64, 32, 32), strict=True):
        assert 0.9 < np.abs(part).max() * np.sqrt(inputs) < 1.0001
    assert not (net.w1[0] == net.w1[1]).any()
