"""Both environments keep the contract of ``policybench.Environment``."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from policybench import InputError
from policybench.options import parse_options
from policybench.plugins import registry
from policybench.sharded import ShardedEnvironment
from policybench_escape_room import cer as cer_module
from policybench_escape_room import escape_room as escape_room_module
from policybench_escape_room.game import cer_rules, escape_room_rules

NAMES = ("cer", "escape-room")
SHORT = {"training_episodes": 60}


def same(one, other):
    """Two outcomes agree to the last byte."""
    assert one.payoff == other.payoff
    assert one.timesteps == other.timesteps
    assert one.observation.keys() == other.observation.keys()
    for name, values in one.observation.items():
        assert values.dtype == other.observation[name].dtype
        assert values.tobytes() == other.observation[name].tobytes()


def random_actions(environment, seed=0):
    space, rng = environment.problem.action_space, np.random.default_rng(seed)
    return rng.uniform(space.low, space.high, (len(environment.seeds), *space.shape))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("options", [{}, {"validation_episodes": 7}])
def test_outcomes_are_as_declared(create, name, options):
    environment = create(name, range(12), **SHORT, **options)
    outcomes = environment.evaluate(3, random_actions(environment))
    assert len(outcomes) == 12
    for outcome in outcomes:
        assert outcome.observation in environment.problem.observation_space
        assert np.isfinite(outcome.payoff)
    numbers = {"cer": ("at_levers", "at_door", "at_start"), "escape-room": ("at_lever", "at_start", "at_door")}[
        name
    ]
    for outcome in outcomes:
        assert sum(outcome.observation[part].sum() for part in numbers) == pytest.approx(5)


@pytest.mark.parametrize("name", NAMES)
def test_a_row_is_the_same_bytes_alone_among_others_and_again(create, name):
    together = create(name, range(6), **SHORT)
    actions = random_actions(together)
    outcomes = together.evaluate(4, actions)
    together.evaluate(5, actions[::-1])
    for again, before in zip(together.evaluate(4, actions), outcomes, strict=True):
        same(again, before)
    for row in range(6):
        (alone,) = create(name, [row], **SHORT).evaluate(4, actions[row : row + 1])
        same(alone, outcomes[row])
    others = actions.copy()
    others[:3] = random_actions(together, seed=1)[:3]
    for row in range(3, 6):
        same(together.evaluate(4, others)[row], outcomes[row])


@pytest.mark.parametrize(("name", "options"), [("cer", {}), ("cer", {"followers": "shared"}), ("escape-room", {})])
@pytest.mark.parametrize("workers", [2, 3])
def test_threads_change_nothing(create, name, options, workers):
    options = {**SHORT, **options}
    actions = random_actions(create(name, range(7), **SHORT))
    sharded = ShardedEnvironment(registry().environment(name).spec, range(7), workers, options)
    one = create(name, range(7), **options)
    for parallel, alone in zip(sharded.evaluate(2, actions), one.evaluate(2, actions), strict=True):
        same(parallel, alone)


def test_the_interpreter_is_free_while_followers_learn(create):
    environment = create("cer", [0], training_episodes=4000)
    environment.prepare()
    worker = threading.Thread(target=environment.evaluate, args=(0, np.zeros((1, 5))))
    worker.start()
    ticks = 0
    while worker.is_alive():
        time.sleep(0.001)
        ticks += 1
    assert ticks > 5


@pytest.mark.parametrize("name", NAMES)
def test_seed_step_and_action_matter(create, name):
    environment = create(name, range(20), training_episodes=0)
    low = np.zeros((20, environment.problem.action_dim))
    paid = [outcome.payoff for outcome in environment.evaluate(0, low)]
    assert len(set(paid)) > 5
    assert paid != [outcome.payoff for outcome in environment.evaluate(1, low)]
    learned = create(name, range(20), training_episodes=300)
    high = low.copy()
    high[:, 0] = environment.problem.action_space.high[0]
    assert [o.payoff for o in learned.evaluate(0, low)] != [o.payoff for o in learned.evaluate(0, high)]


@pytest.mark.parametrize("name", NAMES)
def test_validation_does_not_disturb_learning(create, name):
    """With more validation episodes the first is the same: the payoffs that are averaged only become more."""
    actions = random_actions(create(name, range(4)))
    one = create(name, range(4), **SHORT).evaluate(1, actions)
    two = create(name, range(4), **SHORT, validation_episodes=2).evaluate(1, actions)
    for single, double in zip(one, two, strict=True):
        assert single.timesteps.training == double.timesteps.training
        assert double.timesteps.validation > single.timesteps.validation
        second = 2 * double.payoff - single.payoff
        assert second == pytest.approx(round(second))


def test_cer_counts_five_timesteps_an_episode(create):
    (outcome,) = create("cer", [0], training_episodes=30, validation_episodes=4).evaluate(0, np.zeros((1, 5)))
    assert (outcome.timesteps.training, outcome.timesteps.validation) == (150, 20)


def test_the_escape_room_counts_the_timesteps_that_were_played(create):
    environment = create("escape-room", [0], training_episodes=2000, validation_episodes=10)
    (easy,) = environment.evaluate(0, np.array([[2.0, 0, 0]]))
    assert easy.payoff == pytest.approx(28)
    assert easy.timesteps.validation == 10
    assert easy.observation["steps"].tolist() == [1]
    assert 2000 < easy.timesteps.training < 10_000
    (idle,) = environment.evaluate(0, np.array([[0, 2.0, 0]]))
    assert idle.timesteps.validation == 50
    assert idle.observation["at_start"].tolist() == [5]


def test_contexts_are_one_hot_and_drawn_for_each_seed_and_step(create):
    environment = create("cer", range(100))
    contexts = np.stack([environment.contexts(step) for step in range(30)])
    assert contexts.shape == (30, 100, 3)
    assert all(context in environment.problem.context_space for context in contexts[0])
    assert (contexts.sum(axis=2) == 1).all()
    share = contexts.mean(axis=(0, 1))
    assert np.abs(share - 1 / 3).max() < 0.04
    assert (contexts[0] != contexts[1]).any()
    np.testing.assert_array_equal(create("cer", [17]).contexts(12)[0], contexts[12, 17])


def test_the_context_is_the_lever_that_followers_are_played_with(create):
    environment = create("cer", range(30), **SHORT)
    contexts = environment.contexts(0)
    outcomes = environment.evaluate(0, random_actions(environment))
    for context, outcome in zip(contexts, outcomes, strict=True):
        np.testing.assert_array_equal(outcome.observation["active_lever"], context)


def test_there_is_no_context_in_the_escape_room(create):
    environment = create("escape-room", [0])
    assert environment.contexts(0) is None
    assert environment.problem.context_space is None


@pytest.mark.parametrize("name", NAMES)
def test_the_problem_is_complete(create, name):
    problem = create(name, [0]).problem
    text = problem.description
    assert len(text.action) == problem.action_dim
    assert text.observation.keys() == problem.observation_space.spaces.keys()
    assert bool(text.context) == (problem.context_space is not None)
    assert problem.fine_levels > problem.coarse_levels > 1
    best = {"cer": cer_module.best_payoff(cer_rules()), "escape-room": 28}[name]
    assert text.consequences == f"The game pays {best:g} at best."
    assert f"{best:g}" not in text.story + text.payoff
    assert -5 < problem.floor.payoff < 0.2 * best < 0.99 * best < problem.ceiling.payoff <= best


def test_reference_payoffs_belong_to_the_settings_that_they_were_measured_with(create):
    for changed in ({"agents": 4}, {"needed": 1}, {"training_episodes": 10}):
        problem = create("escape-room", [0], **changed).problem
        assert problem.floor is None
        assert problem.ceiling is None
    assert create("cer", [0], training_episodes=10).problem.floor is None
    assert create("cer", [0], validation_episodes=20).problem.floor == create("cer", [0]).problem.floor
    assert create("cer", [0], followers="shared").problem.ceiling != create("cer", [0]).problem.ceiling


def test_ceilings_name_an_action_for_each_context(create):
    problem = create("cer", [0]).problem
    assert set(problem.ceiling.action) == {"1,0,0", "0,1,0", "0,0,1"}
    for context, action in problem.ceiling.action.items():
        assert np.argmax(action[:3]) == context.split(",").index("1")
    assert np.argmax(create("escape-room", [0]).problem.ceiling.action[""]) == 0


@pytest.mark.parametrize(
    ("name", "action", "message"),
    [
        ("cer", [0, 0, 0], "has 3 numbers, takes 5"),
        ("cer", [0, 0, 0, 0, 5.1], "out of range, takes 5 numbers"),
        ("cer", [0, 0, 0, 0, np.nan], "out of range"),
        ("escape-room", [-0.1, 0, 0], "out of range, takes 3 numbers"),
    ],
)
def test_wrong_actions_are_refused_before_anybody_learns(create, name, action, message):
    with pytest.raises(InputError, match=message):
        create(name, [0]).evaluate(0, np.array([action]))


@pytest.mark.parametrize(
    ("name", "option", "message"),
    [
        ("cer", "followers=both", "followers takes one of independent, shared"),
        ("cer", "training_episodes=-1", "training_episodes takes an integer, at least 0"),
        ("cer", "validation_episodes=0", "validation_episodes takes an integer, at least 1"),
        ("cer", "agents=4", "environment cer has no option 'agents'"),
        ("escape-room", "agents=1", "agents takes an integer, at least 2, at most 10"),
        ("escape-room", "needed=x", "needed takes an integer"),
    ],
)
def test_wrong_options_are_refused(name, option, message):
    with pytest.raises(InputError, match=message):
        parse_options(f"environment {name}", "-e", [option], registry().environment(name).spec.options)


def test_needed_and_agents_are_judged_together(create):
    with pytest.raises(InputError, match="-e needed=5: takes 1 to 4 where agents=5"):
        create("escape-room", [0], needed=5)
    rules = escape_room_rules(10, 3)
    problem = create("escape-room", [0], agents=10, needed=3).problem
    assert f"{escape_room_module.best_payoff(rules):g} at best" in problem.description.consequences
    assert "10 followers" in problem.description.story
    assert "at least 3 followers" in problem.description.story


@pytest.mark.parametrize("name", NAMES)
def test_pictures_of_an_episode(create, name):
    from policybench_escape_room.drawing import FRAMES_A_STEP, HEIGHT, WIDTH

    environment = create(name, [0], **SHORT)
    frames = list(environment.render(0, np.zeros(environment.problem.action_dim)))
    assert len(frames) % FRAMES_A_STEP == 0
    assert 2 <= len(frames) / FRAMES_A_STEP <= 6
    assert all(frame.shape == (HEIGHT, WIDTH, 3) and frame.dtype == np.uint8 for frame in frames)
    assert (frames[0] != frames[FRAMES_A_STEP]).any()
    with pytest.raises(InputError, match="out of range"):
        environment.render(0, np.full(environment.problem.action_dim, 9.0))
