"""Clean Up as an environment: rows, repetition, bounds, both accountings, and a landscape worth searching."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from policybench import InputError
from policybench.followers.weights import load_notes, load_weights
from policybench.streams import kernel_stream
from policybench_cleanup import policybench_environments
from policybench_cleanup.environment import WEIGHTS
from policybench_cleanup.game import ACTION_NAMES, make_games, reset_game, step_game
from policybench_cleanup.rules import make_rules

(SPEC,) = policybench_environments()
SHORT = {"training_episodes": 2, "episode_steps": 60}
ACTIONS = np.array([[1.0, 1.6, 0.0], [3.0, 3.0, 3.0], [0.3, 2.0, 0.9], [0.0, 0.0, 0.0]])
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
    assert len({outcome.observation["raw_rewards"].tobytes() for outcome in (*first, *second)}) == 4


@pytest.mark.parametrize(("training", "validation"), [(0, 1), (1, 1), (2, 3)])
def test_timesteps(training, validation):
    environment = SPEC.create([0], training_episodes=training, validation_episodes=validation, episode_steps=30)
    (outcome,) = environment.evaluate(0, ACTIONS[:1])
    assert (outcome.timesteps.training, outcome.timesteps.validation) == (30 * training, 30 * validation)


@pytest.mark.parametrize("accounting", ["apples", "paper"])
@pytest.mark.parametrize("validation", [1, 3])
def test_observations_are_what_the_problem_says(accounting, validation):
    environment = SPEC.create([0], **SHORT, validation_episodes=validation, accounting=accounting)
    (outcome,) = environment.evaluate(0, ACTIONS[:1])
    assert environment.problem.observation_space.contains(dict(outcome.observation))
    assert set(outcome.observation) == set(environment.problem.description.observation)


def replay(environment, seed, step):
    """What the game paid and how much dirt was hit, [n_steps, 7] each, in the validation episode just played."""
    rules = make_rules()
    games = make_games(rules, 1)
    reset_game(rules, games, 0)
    stream = kernel_stream(seed, step, "validation game", 0)
    actions = environment._followers.trajectory.actions
    eaten, hits = np.zeros(actions.shape, np.float32), np.zeros(actions.shape, np.int8)
    grown = []
    for joint, paid, hit in zip(actions, eaten, hits, strict=True):
        step_game(rules, games, 0, joint, paid, hit, stream)
        grown.append(int(games[0].regrown))
    return actions, eaten, hits, np.array(grown)


LIVELY = {"training_episodes": 3, "episode_steps": 400}


def test_apples_are_counted_as_the_game_paid_them():
    environment = SPEC.create([2], **LIVELY)
    (outcome,) = environment.evaluate(5, ACTIONS[:1])
    _, eaten, hits, grown = replay(environment, 2, 5)
    assert outcome.payoff == pytest.approx(eaten.sum() / 7)
    assert np.array_equal(outcome.observation["apples_regrown"], grown)
    cleaned = (eaten == 0) & (hits > 0)
    assert cleaned.sum() > 20
    assert np.array_equal(outcome.observation["cleaned"], cleaned.sum(axis=1))
    raw = (0.1 * eaten - cleaned).sum(axis=0)
    assert outcome.observation["raw_rewards"] == pytest.approx(raw, abs=1e-3)


def test_the_paper_accounts_exactly():
    """Raw rewards by its text: 0.1 an apple, 2 a double one, -1 a shot that hit one piece of dirt alone."""
    environment = SPEC.create([2], **LIVELY, accounting="paper")
    (outcome,) = environment.evaluate(5, ACTIONS[:1])
    actions, eaten, hits, grown = replay(environment, 2, 5)
    cleaned = (eaten == 0) & (hits == 1)
    raw = np.where(eaten == 1, 0.1, np.where(eaten == 2, 2.0, -1.0 * cleaned))
    assert cleaned.sum() > 3
    assert (hits > 1).any()
    assert np.all(actions[hits > 0] == ACTION_NAMES.index("clean"))
    assert outcome.payoff == pytest.approx(raw.sum() / 7, abs=1e-4)
    assert outcome.observation["raw_rewards"] == pytest.approx(raw.sum(axis=0), abs=1e-3)
    assert np.array_equal(outcome.observation["cleaned"], cleaned.sum(axis=1))
    assert np.abs(outcome.observation["apples_regrown"] - grown).sum() <= (eaten > 0).sum()


def test_validation_episodes_are_averaged_over_different_games():
    one = SPEC.create([0], **LIVELY).evaluate(0, ACTIONS[:1])[0]
    two = SPEC.create([0], **LIVELY, validation_episodes=2).evaluate(0, ACTIONS[:1])[0]
    assert two.payoff != one.payoff
    assert two.payoff == pytest.approx(one.payoff, rel=0.8)


def test_move_order_matters():
    fixed = SPEC.create([0], **LIVELY).evaluate(0, ACTIONS[:1])[0]
    random = SPEC.create([0], **LIVELY, move_order="random").evaluate(0, ACTIONS[:1])[0]
    assert not same(fixed, random)


@pytest.mark.parametrize("incentives", [[0.0, 0.5, 3.1], [-0.1, 0.5, 1.0], [np.nan, 0.5, 1.0], [0.5, 0.5]])
def test_incentives_outside_the_box(incentives):
    with pytest.raises(InputError, match=r"incentives .*takes 3.*\[0, 3\]"):
        SPEC.create([0], **SHORT).evaluate(0, np.array([incentives]))


def test_unknown_accounting():
    with pytest.raises(InputError, match=r"accounting.*'apples' and 'paper'"):
        SPEC.create([0], accounting="pears")


def test_problem():
    problem = SPEC.create([0]).problem
    assert problem.action_space.shape == (3,)
    assert (problem.action_space.low.min(), problem.action_space.high.max()) == (0, 3)
    assert (problem.fine_levels, problem.coarse_levels) == (21, 11)
    assert problem.steps == 3000
    assert len(problem.description.action) == 3


@pytest.mark.parametrize("changed", [{"episode_steps": 10}, {"accounting": "paper"}])
def test_references_hold_only_for_what_they_were_measured_with(changed):
    problem = SPEC.create([0], **changed).problem
    assert problem.floor is None
    assert problem.ceiling is None


def test_frames_show_the_validation_episode():
    environment = SPEC.create([3], **SHORT)
    frames = list(environment.render(7, ACTIONS[0]))
    assert len(frames) == 60
    assert {frame.shape for frame in frames} == {(21 * 24, 30 * 24, 3)}
    assert {frame.dtype for frame in frames} == {np.dtype(np.uint8)}
    assert len({frame.tobytes() for frame in frames}) > 30


def test_missing_weights(tmp_path):
    with pytest.raises(InputError, match=r"weights .*none\.safetensors"):
        SPEC.create([0], weights=str(tmp_path / "none.safetensors"))


def test_shipped_weights_are_small_and_say_how_they_were_made():
    assert WEIGHTS.stat().st_size < 1_000_000
    assert load_notes(WEIGHTS)["made by"].startswith("python -m policybench_cleanup.pretrain --seed ")


def test_pretraining_makes_weights_of_the_same_shapes():
    pytest.importorskip("torch")
    from policybench.followers.recipe import pretrain
    from policybench_cleanup.pretrain import RECIPE

    stages = tuple(stage._replace(updates=2, games=2) for stage in RECIPE.stages)
    made, shipped = pretrain(RECIPE._replace(stages=stages, n_steps=40), 5, "cpu"), load_weights(WEIGHTS)
    assert [part.shape for part in made.core] == [part.shape for part in shipped.core]
    assert made.heads.shape == shipped.heads.shape
    assert np.linalg.norm(made.heads[-1]) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(made.heads[-1], shipped.heads[-1])


def test_the_landscape_is_worth_searching():
    """Unpaid followers eat the apples of the start and clean nothing; well paid, they eat at least thrice that."""
    environment = SPEC.create(range(3))

    def evaluate(*incentives):
        return environment.evaluate(0, np.tile(incentives, (3, 1)))

    unpaid, good, idle = evaluate(0.0, 0.0, 0.0), evaluate(1.0, 3.0, 0.0), evaluate(0.0, 0.0, 3.0)
    assert np.mean([outcome.payoff for outcome in unpaid]) == pytest.approx(122 / 7, abs=1)
    assert min(outcome.payoff for outcome in good) > 3 * max(outcome.payoff for outcome in unpaid)
    assert max(outcome.payoff for outcome in idle) < 122 / 7
    assert np.mean([o.observation["cleaned"].sum() for o in unpaid]) < 20
