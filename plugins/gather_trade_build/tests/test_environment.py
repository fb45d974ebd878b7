"""Gather-Trade-Build as an environment: rows, observations, options, and a landscape worth searching."""

from __future__ import annotations

import numpy as np
import pytest

from policybench import InputError
from policybench.followers import load_weights
from policybench.followers.weights import save_weights
from policybench_gather_trade_build import policybench_environments
from policybench_gather_trade_build.core import N_SMOOTH
from policybench_gather_trade_build.environment import WEIGHTS
from policybench_gather_trade_build.rules import US_FEDERAL

(SPEC,) = policybench_environments()
SHORT = {"training_episodes": 1, "validation_episodes": 2, "episode_steps": 250}
ACTIONS = np.array([[0.0] * 7, US_FEDERAL, [1.0] * 7])


@pytest.fixture(scope="module")
def together():
    return SPEC.create((3, 1, 4), **SHORT).evaluate(7, ACTIONS)


@pytest.mark.parametrize("row", range(3))
def test_a_row_alone_gives_the_same_bytes(together, row):
    (alone,) = SPEC.create([(3, 1, 4)[row]], **SHORT).evaluate(7, ACTIONS[row : row + 1])
    assert alone.payoff == together[row].payoff
    for name, values in alone.observation.items():
        assert values.tobytes() == together[row].observation[name].tobytes()


def test_observations_belong_to_their_space_and_add_up(together):
    problem = SPEC.create([0], **SHORT).problem
    for outcome in together:
        seen = outcome.observation
        assert problem.observation_space.contains(dict(seen))
        assert set(seen) == set(problem.description.observation)
        assert seen["incomes"].shape == (3, 4)  # two whole periods and the begun one
        np.testing.assert_allclose(seen["taxes"].sum(axis=1), 4 * seen["transfers"])
        np.testing.assert_allclose(seen["incomes"].sum(), seen["coin"].sum())
        assert (seen["taxes"][2] == 0).all()


def test_prices_are_those_of_units_however_few_episodes_had_a_sale(together):
    for outcome in together:
        prices, units = outcome.observation["prices"], outcome.observation["trades"]
        assert ((prices == 0) == (units == 0)).all()
        assert ((prices[units > 0] > 2.999) & (prices[units > 0] < 7.001)).all()  # followers bid and ask 3 or 7


def test_without_a_tax_nobody_pays_and_under_the_highest_all_do(together):
    free, _, full = (outcome.observation for outcome in together)
    assert (free["taxes"] == 0).all()
    assert (full["taxes"][:2] <= np.maximum(full["incomes"][:2], 0) + 1e-9).all()


def test_timesteps(together):
    assert {(o.timesteps.training, o.timesteps.validation) for o in together} == {(250, 500)}


def test_welfare_chooses_the_payoff():
    product, utilitarian = (
        SPEC.create([0], **SHORT, welfare=welfare).evaluate(0, ACTIONS[1:2])[0]
        for welfare in ("equality-productivity", "utilitarian")
    )
    assert product.payoff != utilitarian.payoff
    assert product.observation["coin"].tobytes() == utilitarian.observation["coin"].tobytes()


def test_problem():
    problem = SPEC.create([0]).problem
    assert problem.action_space.shape == (7,)
    assert (problem.action_space.low.min(), problem.action_space.high.max()) == (0, 1)
    assert not problem.has_gradient
    assert len(problem.description.action) == 7


@pytest.mark.parametrize(
    ("steps", "tells", "keeps_quiet"),
    [
        (1000, ["episode of 1000 time steps"], "are not taxed"),
        (250, ["episode of 250 time steps", "The last 50 time steps are not taxed."], "1000"),
    ],
)
def test_the_story_tells_of_the_episode_that_is_played(steps, tells, keeps_quiet):
    story = SPEC.create([0], episode_steps=steps).problem.description.story
    assert all(text in story for text in tells)
    assert keeps_quiet not in story


def test_references_hold_only_for_what_they_were_measured_with():
    for options in ({"episode_steps": 10}, {"welfare": "utilitarian"}):
        assert SPEC.create([0], **options).problem.ceiling is None


@pytest.mark.parametrize("rates", [[1.1] + [0] * 6, [-0.1] + [0] * 6, [np.nan] * 7, [0.5] * 6])
def test_rates_outside_the_box(rates):
    with pytest.raises(InputError, match="rates"):
        SPEC.create([0], **SHORT).evaluate(0, np.array([rates]))


def test_frames_show_the_validation_episode():
    environment = SPEC.create([3], training_episodes=0, validation_episodes=1, episode_steps=20)
    (outcome,) = environment.evaluate(7, ACTIONS[1:2])
    frames = list(environment.render(7, ACTIONS[1]))
    assert len(frames) == 21  # the start, and what each step made of it
    assert {frame.shape for frame in frames} == {(600, 1000, 3)}
    assert environment._games[0].inventory.sum() + environment._games[0].escrow.sum() > 0
    assert environment._record.welfare[0] == outcome.payoff


def test_missing_weights(tmp_path):
    with pytest.raises(InputError, match=r"weights .*none\.safetensors"):
        SPEC.create([0], weights=str(tmp_path / "none.safetensors"))


def test_a_core_whose_bodies_are_not_apart_is_refused(tmp_path):
    weights = load_weights(WEIGHTS)
    weights.core.dense[0, 64] = 1
    save_weights(tmp_path / "mixed.safetensors", weights, {})
    with pytest.raises(InputError, match=r"mixed\.safetensors: a core of another game"):
        SPEC.create([0], weights=str(tmp_path / "mixed.safetensors"))


def test_shipped_weights_are_small_and_close_what_is_closed():
    assert WEIGHTS.stat().st_size < 500_000
    heads = load_weights(WEIGHTS).heads
    np.testing.assert_array_equal(heads[:12, N_SMOOTH : N_SMOOTH + 12], -30 * np.eye(12, dtype=np.float32))


def test_the_landscape_is_worth_searching():
    """A moderate tax pays more than none, none far more than a full one; the higher the tax, the less work."""
    environment = SPEC.create([0])
    rates = np.array([[0.0] * 7, US_FEDERAL, [0.5] * 7, [1.0] * 7])
    outcomes = [environment.evaluate(0, row[None])[0] for row in rates]
    free, us, half, full = (outcome.payoff for outcome in outcomes)
    assert us > 1.1 * free
    assert free > 3 * full
    labour = [outcome.observation["labour"].sum() for outcome in outcomes]
    assert labour == sorted(labour, reverse=True)
    assert half > full
