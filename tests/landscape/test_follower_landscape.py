"""The landscape's figures: which actions are drawn, and what signal-to-noise means."""

import numpy as np
import pytest
from gymnasium import spaces

from policybench import Description, Dimension, Problem
from policybench.followers.landscape import Band, random_actions, signal_to_noise

PROBLEM = Problem(
    action_space=spaces.Box(0.0, 3.0, (3,), np.float64),
    observation_space=spaces.Dict({}),
    steps=10,
    fine_levels=21,
    coarse_levels=11,
    description=Description("", (Dimension("x", ""),) * 3, ""),
)


@pytest.mark.parametrize(
    ("band", "n_levels"), [(Band(2, 0.0, 0.45), 4), (Band(0, 1.5, 3.0), 11), (Band(1, 0.0, 3.0), 21)]
)
def test_random_actions_cover_the_levels_of_their_band(band, n_levels):
    actions = random_actions(PROBLEM, band, 500)
    assert actions.shape == (500, 3)
    assert np.allclose(actions / 0.15, np.round(actions / 0.15))
    for dimension in range(3):
        levels = np.unique(actions[:, dimension].round(9))
        assert len(levels) == (n_levels if dimension == band.dimension else 21)
    inside = actions[:, band.dimension]
    assert inside.min() == pytest.approx(band.low)
    assert inside.max() == pytest.approx(band.high)


@pytest.mark.parametrize("spread", [0.0, 1.0, 5.0])
def test_signal_to_noise_recovers_the_ratio_of_variances(spread):
    rng = np.random.default_rng(0)
    payoffs = 17 + spread * rng.normal(size=(40_000, 1)) + 2 * rng.normal(size=(40_000, 4))
    assert signal_to_noise(payoffs) == pytest.approx(spread**2 / 4, abs=0.02, rel=0.06)
