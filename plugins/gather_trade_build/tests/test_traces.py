"""The real engine's episodes, replayed: recorded actions and luck in, everything else compared at every step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from policybench_gather_trade_build.observations import observe

NAMES = sorted(
    path.stem.removeprefix("gtb_")
    for path in (Path(__file__).parent / "traces").glob("gtb_*")
    if "saez" not in path.stem
)


@pytest.mark.parametrize("name", NAMES)
def test_every_step_of_the_engine_is_reproduced(replay, name):
    played = replay.of(name)
    assert played.differences(0) == set()
    for s in range(1, played.n_steps + 1):
        assert played.step(s) == set(), f"step {s}"


def test_every_observation_of_the_engine_is_reproduced(replay):
    played = replay.of("random_1")
    for s in range(played.n_steps + 1):
        if s > 0:
            played.step(s)
        for agent, seen in enumerate(observe(played.rules, played.games, 0)):
            np.testing.assert_allclose(seen["flat"], played.trace["obs_flat"][s, agent], atol=2e-5)
            np.testing.assert_array_equal(seen["world_map"], played.trace["obs_map"][s, agent])
            np.testing.assert_array_equal(seen["index_map"], played.trace["obs_idx_map"][s, agent])
