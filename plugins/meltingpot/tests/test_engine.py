"""The real engine: what it shows, that a seed fixes it, and the environments on it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from policybench import InputError
from policybench.plugins import registry
from policybench_meltingpot import engine

pytestmark = pytest.mark.skipif(
    not engine.is_installed(), reason="Melting Pot is not installed (README of policybench-meltingpot)"
)

NAMES = ["meltingpot-harvest", "meltingpot-cleanup"]
SMALL = {"training_episodes": 1, "episode_steps": 40, "downscale": 8, "hidden": 16}


def create(name, seeds, **options):
    return registry().environment(name).spec.create(seeds, **(SMALL | options))


def episode(substrate, seed, n_steps=30):
    rng = np.random.default_rng(0)
    frames = [substrate.reset(seed)]
    frames += [substrate.step(rng.integers(0, len(substrate.actions), 7).tolist()) for _ in range(n_steps)]
    return frames


@pytest.mark.parametrize("name", ["commons_harvest__open", "clean_up"])
def test_seed_and_actions_fix_an_episode(name):
    """Not only in one engine: Melting Pot's own order of tables differs between engines."""
    substrate = engine.Substrate(name)
    first, other = episode(substrate, 3), episode(substrate, 4)
    again = episode(engine.Substrate(name), 3)
    for one, two in zip(first, again, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert any(not np.array_equal(a.world, b.world) for a, b in zip(first, other, strict=True))


def test_what_the_engine_shows():
    from policybench_meltingpot.games import CleanUpGame, HarvestGame

    frame = engine.Substrate("commons_harvest__open").reset(0)
    assert frame.views.shape == (7, 88, 88, 3)
    assert engine.count_colour(frame.world, HarvestGame.apple) == 64
    frames = episode(engine.Substrate("clean_up"), 1, 200)
    assert engine.count_colour(frames[0].world, CleanUpGame.apple) == 0
    assert sum(frame.cleaned.sum() for frame in frames) > 0
    assert max(frame.cleaned.max() for frame in frames) <= 3


def test_neither_tensorflow_nor_jax_is_imported():
    code = (
        "import sys; from policybench_meltingpot.engine import Substrate; Substrate('clean_up').reset(0); "
        "print(sorted({'tensorflow', 'jax', 'chex', 'torch'} & set(sys.modules)), 'meltingpot' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[] False"


@pytest.mark.parametrize("downscale", [1, 2, 4, 8])
def test_downscaled_views_are_means(downscale):
    from policybench_meltingpot.games import HarvestGame

    full, _ = HarvestGame().reset(seed=2)
    small, _ = HarvestGame(downscale=downscale).reset(seed=2)
    side = 88 // downscale
    assert small["player_3"].shape == (side, side, 3)
    square = full["player_3"][:downscale, :downscale].reshape(-1, 3).mean(axis=0)
    np.testing.assert_allclose(small["player_3"][0, 0], square, atol=1)


@pytest.mark.parametrize(
    "name", ["meltingpot-harvest", pytest.param("meltingpot-cleanup", marks=pytest.mark.slow)]
)
def test_a_row_does_not_depend_on_the_others(name):
    action = [0.25, 0.5, 0.75]
    together = create(name, [1, 2]).evaluate(3, np.array([[0.0, 0, 0], action]))
    alone = create(name, [2]).evaluate(3, np.array([action]))[0]
    assert alone.payoff == together[1].payoff
    for key, values in alone.observation.items():
        assert values.tobytes() == together[1].observation[key].tobytes()
    assert (alone.timesteps.training, alone.timesteps.validation) == (40, 40)
    assert set(alone.observation) == set(create(name, [0]).problem.observation_space.spaces)


def test_followers_are_taxed_and_paid():
    from policybench_meltingpot.games import CleanUpGame, HarvestGame

    for game, action in (
        (HarvestGame(max_cycles=150), [1.0, 1, 1]),
        (CleanUpGame(max_cycles=150), [0.5, 2, 0.25]),
    ):
        game.set_policy(np.array(action))
        game.reset(seed=1)
        rng, rewards, raw = np.random.default_rng(1), [], []
        while game.agents:
            joint = {agent: int(rng.integers(len(game._engine.actions))) for agent in game.agents}
            _, paid, _, _, infos = game.step(joint)
            rewards.append(list(paid.values()))
            raw.append([info["raw_reward"] for info in infos.values()])
        assert game.payoff() == pytest.approx(np.sum(raw) / 7)
        if isinstance(game, HarvestGame):
            assert np.sum(raw) > 0
            np.testing.assert_allclose(np.sum(rewards, axis=1), np.sum(raw, axis=1), atol=1e-4)
            assert np.min(rewards) == pytest.approx(1 - 4 + 4 / 7, abs=0.6)
        else:
            cleaned = game.principal_observation()["cleaned"].sum()
            assert cleaned > 0
            assert (np.isclose(rewards, 1.0)).sum() == cleaned


def test_pictures_and_errors():
    frames = list(create("meltingpot-harvest", [0]).render(0, np.zeros(3)))
    assert len(frames) == 41
    assert frames[0].shape == (18 * 32, 24 * 32, 3)
    with pytest.raises(InputError, match="downscale: 3; it is one of 1, 2, 4, 8"):
        create("meltingpot-harvest", [0], downscale=3)
    with pytest.raises(InputError, match=r"action.*out of range"):
        create("meltingpot-cleanup", [0]).evaluate(0, np.array([[0.0, 0, 3.5]]))


def test_it_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(engine, "is_installed", lambda: False)
    with pytest.raises(InputError, match="Melting Pot is not installed: pip install"):
        create("meltingpot-harvest", [0])
