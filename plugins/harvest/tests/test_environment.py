"""Harvest as an environment: rows, repetition, bounds, and a landscape worth searching."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from gymnasium.utils.env_checker import data_equivalence

from policybench import InputError
from policybench_harvest import policybench_environments
from policybench_harvest.environment import WEIGHTS

SPEC, SETTLED = policybench_environments()
SHORT = {"training_episodes": 2, "episode_steps": 60}
ACTIONS = np.array([[0.0, 0.5, 1.0], [1.0, 1.0, 1.0], [0.3, 0.0, 0.9], [0.0, 0.0, 0.0]])
SEEDS = (3, 1, 4, 15)


def same(ours, theirs):
    return (
        ours.payoff == theirs.payoff
        and ours.timesteps == theirs.timesteps
        and ours.observation.keys() == theirs.observation.keys()
        and all(
            ours.observation[name].tobytes() == theirs.observation[name].tobytes() for name in ours.observation
        )
    )


@pytest.fixture(scope="module")
def together():
    return SPEC.create(SEEDS, **SHORT).evaluate(7, ACTIONS)


@pytest.mark.parametrize("row", range(len(SEEDS)))
def test_a_row_alone_gives_the_same_bytes(together, row):
    (alone,) = SPEC.create([SEEDS[row]], **SHORT).evaluate(7, ACTIONS[row : row + 1])
    assert same(alone, together[row])


def test_rows_in_another_order_and_after_other_steps(together):
    environment = SPEC.create(SEEDS[::-1], **SHORT)
    environment.evaluate(6, ACTIONS)
    backwards = environment.evaluate(7, ACTIONS[::-1])
    assert all(same(ours, theirs) for ours, theirs in zip(together, backwards[::-1], strict=True))


def test_rows_in_threads(together):
    def evaluate(row):
        return SPEC.create([SEEDS[row]], **SHORT).evaluate(7, ACTIONS[row : row + 1])[0]

    with ThreadPoolExecutor(4) as pool:
        parallel = list(pool.map(evaluate, [0, 1, 2, 3] * 3))
    assert all(same(outcome, together[i % 4]) for i, outcome in enumerate(parallel))


def test_seeds_and_steps_differ(together):
    environment = SPEC.create([3, 5], **SHORT)
    action = np.tile(ACTIONS[0], (2, 1))
    first, second = environment.evaluate(7, action), environment.evaluate(8, action)
    assert same(first[0], together[0])
    trajectories = {outcome.observation["apples"].tobytes() for outcome in (*first, *second)}
    assert len(trajectories) == 4


def test_the_game_begins_alike_under_all_taxes():
    """Without training nothing but the tax differs, which followers see from the first step on."""
    environment = SPEC.create([2], training_episodes=0, episode_steps=1000)
    apples = [
        environment.evaluate(0, np.array([rates]))[0].observation["apples"]
        for rates in ([0.5, 0.5, 0.5], [0.5, 0.5, 0.501])
    ]
    assert np.array_equal(apples[0][:10], apples[1][:10])


@pytest.mark.parametrize(("training", "validation"), [(0, 1), (1, 1), (2, 3)])
def test_timesteps(training, validation):
    environment = SPEC.create([0], training_episodes=training, validation_episodes=validation, episode_steps=30)
    (outcome,) = environment.evaluate(0, ACTIONS[:1])
    assert (outcome.timesteps.training, outcome.timesteps.validation) == (30 * training, 30 * validation)


@pytest.mark.parametrize("validation", [1, 3])
def test_observations_and_payoff_agree(validation):
    environment = SPEC.create([0], **SHORT, validation_episodes=validation)
    (outcome,) = environment.evaluate(0, ACTIONS[:1])
    assert environment.problem.observation_space.contains(dict(outcome.observation))
    assert outcome.payoff == pytest.approx(outcome.observation["raw_rewards"].mean())
    eaten_or_left = outcome.observation["apples"][-1] + outcome.observation["raw_rewards"].sum()
    assert eaten_or_left >= 64  # what is missing on the trees was eaten; more than that grew again
    assert set(outcome.observation) == set(environment.problem.description.observation)


def test_validation_episodes_are_averaged_over_different_games():
    one = SPEC.create([0], **SHORT).evaluate(0, ACTIONS[:1])[0]
    three = SPEC.create([0], **SHORT, validation_episodes=3).evaluate(0, ACTIONS[:1])[0]
    assert not data_equivalence(dict(one.observation), dict(three.observation))


def test_learning_changes_what_followers_do():
    rates = np.array([[1.0, 1.0, 1.0]])
    before = SPEC.create([0], training_episodes=0).evaluate(0, rates)[0].payoff
    after = SPEC.create([0], training_episodes=5).evaluate(0, rates)[0].payoff
    assert after < before / 2


def test_move_order_matters():
    fixed = SPEC.create([0], **SHORT).evaluate(0, ACTIONS[:1])[0]
    random = SPEC.create([0], **SHORT, move_order="random").evaluate(0, ACTIONS[:1])[0]
    assert not same(fixed, random)


@pytest.mark.parametrize("rates", [[0.0, 0.5, 1.1], [-0.1, 0.5, 1.0], [np.nan, 0.5, 1.0], [0.5, 0.5]])
def test_rates_outside_the_box(rates):
    with pytest.raises(InputError, match=r"rates .*3( numbers)? in|rates .*takes 3.*\[0, 1\]"):
        SPEC.create([0], **SHORT).evaluate(0, np.array([rates]))


def test_problem():
    problem = SPEC.create([0]).problem
    assert problem.action_space.shape == (3,)
    assert (problem.action_space.low.min(), problem.action_space.high.max()) == (0, 1)
    assert (problem.fine_levels, problem.coarse_levels) == (21, 11)
    assert problem.steps == 3000
    assert len(problem.description.action) == 3


def test_references_hold_only_for_what_they_were_measured_with():
    problem = SPEC.create([0], episode_steps=10).problem
    assert problem.floor is None
    assert problem.ceiling is None


def test_harvest_settled_is_harvest_with_more_training():
    assert (SPEC.name, SETTLED.name) == ("harvest", "harvest-settled")
    defaults = [{option.name: option.default for option in spec.options} for spec in (SPEC, SETTLED)]
    assert defaults[1] == defaults[0] | {"training_episodes": 12}
    short = {"episode_steps": 30}
    (settled,) = SETTLED.create([3], **short).evaluate(2, ACTIONS[:1])
    (same_game,) = SPEC.create([3], training_episodes=12, **short).evaluate(2, ACTIONS[:1])
    assert same(settled, same_game)
    assert settled.timesteps.training == 12 * 30
    assert "learn for 12 episodes" in SETTLED.create([3]).problem.description.story
    assert SETTLED.why_not_overall
    assert not SPEC.why_not_overall


def test_frames_show_the_validation_episode():
    environment = SPEC.create([3], **SHORT)
    frames = list(environment.render(7, ACTIONS[0]))
    assert len(frames) == 60
    assert {frame.shape for frame in frames} == {(18 * 24, 24 * 24, 3)}
    assert {frame.dtype for frame in frames} == {np.dtype(np.uint8)}
    assert len({frame.tobytes() for frame in frames}) > 30


def test_missing_weights(tmp_path):
    with pytest.raises(InputError, match=r"weights .*none\.safetensors"):
        SPEC.create([0], weights=str(tmp_path / "none.safetensors"))


def test_shipped_weights_are_small():
    assert WEIGHTS.stat().st_size < 1_000_000


def test_the_landscape_is_worth_searching():
    """A good tax pays more than none, and none more than the highest, by far more than seeds differ."""
    environment = SPEC.create(range(4))
    payoffs = {
        name: np.array([o.payoff for o in environment.evaluate(0, np.tile(rates, (4, 1)))])
        for name, rates in {"good": [0.0, 0.5, 1.0], "none": [0.0, 0.0, 0.0], "highest": [1.0, 1.0, 1.0]}.items()
    }
    assert payoffs["good"].mean() > 1.3 * payoffs["none"].mean()
    assert payoffs["none"].mean() > 1.5 * payoffs["highest"].mean()
    assert payoffs["good"].min() > 2 * payoffs["highest"].max()
