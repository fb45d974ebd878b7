"""The unit in which a game counts, what it shows and what it pays, does not matter to its followers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from toy_games import Choices, choices

from policybench.pettingzoo.network import Network
from policybench.pettingzoo.observation_spaces import view_of
from policybench.pettingzoo.roles import Role, action_view_of
from policybench.pettingzoo.scaling import NumberScale, RunningMoments

PAY = np.array([[0.1, 0.5, 1.0]])


def counting_in(unit, bounded, pay=1.0):
    """The game of choices in which observations, and rewards, have another unit."""

    class Scaled(Choices):
        def __init__(self):
            super().__init__()
            high = unit if bounded else np.inf
            self.space = spaces.Box(0.0 if bounded else -np.inf, high, (8,), np.float32)

        def _see(self):
            return {agent: self.rng.uniform(0, 1, 8).astype(np.float32) * unit for agent in self.agents}

        def set_policy(self, action):
            self.pay = pay * action

    return Scaled


@pytest.mark.parametrize("bounded", [True, False])
def test_observations_in_another_unit_lead_to_the_same_bytes(bounded):
    """A power of two changes no digit, so that nothing may differ at all."""
    payoffs = [
        choices([0], counting_in(unit, bounded), training_episodes=4).evaluate(0, PAY)[0].payoff
        for unit in (1.0, 1024.0, 2.0**-7)
    ]
    assert len(set(payoffs)) == 1


def test_rewards_in_another_unit_are_learned_from_alike():
    shares = []
    for unit in (1.0, 1000.0):
        env = choices(
            [0], counting_in(1.0, True, unit), training_episodes=24, games=4, learning_rate=0.01, discount=0.5
        )
        shares.append(env.evaluate(0, np.array([[0.0, 0, 1]]))[0].payoff)
    assert min(shares) > 0.7
    assert shares[0] == pytest.approx(shares[1], abs=0.15)


def test_scales_belong_to_one_outcome():
    """What was seen in other steps and other seeds leaves nothing behind."""
    make = counting_in(100.0, bounded=False)
    fresh = choices([1], make).evaluate(5, PAY)[0].payoff
    used = choices([0, 1], make)
    used.evaluate(4, np.repeat(PAY, 2, axis=0))
    assert used.evaluate(5, np.repeat(PAY, 2, axis=0))[1].payoff == fresh


@given(
    arrays(np.float64, st.tuples(st.integers(2, 30), st.just(3)), elements=st.floats(-1e3, 1e3)),
    st.integers(1, 29),
)
def test_moments_do_not_depend_on_how_rows_come(rows, cut):
    moments = RunningMoments(3)
    for part in (rows[:cut], rows[cut:]):
        if len(part):
            moments.update(torch.from_numpy(part))
    np.testing.assert_allclose(moments.mean.numpy(), rows.mean(axis=0), atol=1e-9)
    expected = rows.std(axis=0)
    large = expected > 1e-4 * (1 + np.abs(rows).max())
    np.testing.assert_allclose(moments.deviation().numpy()[large], expected[large], rtol=1e-6)


def test_bounded_numbers_are_scaled_by_their_bounds_and_others_by_what_was_seen():
    low, high = np.array([0.0, -np.inf, 3.0, -3e38]), np.array([10.0, np.inf, 3.0, 3e38])
    scale = NumberScale(low, high)
    rows = torch.tensor([[0.0, 5.0, 3.0, 1.0], [10.0, 7.0, 3.0, 3.0]], dtype=torch.float64)
    scaled = scale(rows, True)
    np.testing.assert_allclose(scaled.numpy(), [[-1, -1, 0, -1], [1, 1, 0, 1]], atol=1e-6)
    np.testing.assert_array_equal(scale(rows, False).numpy(), scaled.numpy())
    assert scale(rows + 1e6, False)[:, 1].tolist() == [10.0, 10.0]


def test_the_critic_keeps_its_values_when_its_unit_changes():
    role = Role("all", ("a",), view_of(spaces.Box(-1, 1, (3,))), action_view_of(spaces.Discrete(2)))
    network = Network(role, hidden=4, sees_index=False, action_dim=0)
    network.initialise(torch.Generator().manual_seed(0))
    features = torch.randn(6, 4, generator=torch.Generator().manual_seed(1))

    def values():
        with torch.no_grad():
            return network.in_reward_units(
                network.value(features, torch.zeros(6, dtype=torch.int64), torch.zeros(6, 0))
            )

    for returns in ([100.0, 300.0], [-5000.0, 2.0, 7.0]):
        before = values()
        network.take_in_returns(torch.tensor(returns, dtype=torch.float64))
        np.testing.assert_allclose(values().numpy(), before.numpy(), rtol=1e-3, atol=1e-3)
    seen = np.array([100.0, 300, -5000, 2, 7])
    own = network.in_own_units(torch.from_numpy(seen)).numpy()
    np.testing.assert_allclose([own.mean(), own.std()], [0, 1], atol=1e-6)


@pytest.mark.parametrize(
    ("space", "kind", "image"),
    [
        (spaces.Box(0, 255, (3, 88, 88), np.uint8), "image", (3, 88, 88)),
        (spaces.Box(0, 255, (88, 60, 12), np.uint8), "image", (12, 88, 60)),
        (spaces.Box(0, 255, (4, 84, 84, 3), np.uint8), "image", (12, 84, 84)),
        (spaces.Box(0, 255, (20, 30), np.uint8), "image", (1, 20, 30)),
        (spaces.Box(0, 1, (64, 64, 3), np.float32), "image", (3, 64, 64)),
        (spaces.Box(0, 255, (128,), np.uint8), "numbers", None),
        (spaces.Box(0, 30, (7, 7, 3), np.float32), "numbers", None),
        (spaces.Box(-1, 9, (5, 5), np.int8), "symbols", None),
        (spaces.Box(0, 500, (5, 5), np.int32), "numbers", None),
    ],
)
def test_what_is_an_image(space, kind, image):
    (leaf,) = view_of(space).leaves
    assert leaf.kind == kind
    if image:
        assert leaf.image_shape == image
        sample = np.asarray(space.sample())
        pixels = view_of(space).stack([sample]).images[0]
        assert pixels.shape == (1, *image)
        assert np.isclose(pixels.max(), sample.max() * (1 if sample.dtype == np.uint8 else 255))
