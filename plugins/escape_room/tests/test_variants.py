"""The rooms whose incentives cost the principal something, and those with more levers."""

from __future__ import annotations

import numpy as np
import pytest

from policybench import InputError
from policybench.plugins import registry
from policybench_escape_room import cer_parallel_env
from policybench_escape_room.game import n_places
from policybench_escape_room.independent import Settings

COSTLY = {"cer": "cer-costly", "escape-room": "escape-room-costly"}
SHORT = {"training_episodes": 40, "validation_episodes": 3}
FASTER = Settings(learning_rate=0.01)


def random_actions(environment, n=5):
    space = environment.problem.action_space
    return np.random.default_rng(0).uniform(space.low, space.high, (n, *space.shape))


def plain_of(name):
    return {"incentive_cost": 0.0} | ({"levers": 6} if name == "cer" else {})


@pytest.mark.parametrize("name", COSTLY)
@pytest.mark.parametrize("cost", [1.0, 0.3])
def test_what_followers_are_paid_comes_off_the_payoff(create, name, cost):
    free = create(COSTLY[name], range(5), **SHORT, **plain_of(name))
    costly = create(COSTLY[name], range(5), **SHORT, incentive_cost=cost)
    actions = random_actions(free)
    for i, (one, other) in enumerate(zip(free.evaluate(2, actions), costly.evaluate(2, actions), strict=True)):
        numbers = ("at_levers", "at_door", "at_start") if name == "cer" else ("at_lever", "at_start", "at_door")
        places = np.concatenate([other.observation[number] for number in numbers])
        episodes = SHORT["validation_episodes"]
        paid = places @ actions[i] * other.timesteps.validation / episodes
        assert paid > 0
        assert other.payoff == pytest.approx(one.payoff - cost * paid)
        assert one.timesteps == other.timesteps
        assert {k: v.tolist() for k, v in one.observation.items()} == {
            k: v.tolist() for k, v in other.observation.items()
        }


@pytest.mark.parametrize(("name", "plain"), [(costly, plain) for plain, costly in COSTLY.items()])
def test_a_variant_is_the_plain_room_with_other_defaults(create, name, plain):
    found = registry().environments
    mine = {option.name: option.default for option in found[name].spec.options}
    theirs = {option.name: option.default for option in found[plain].spec.options}
    assert mine["incentive_cost"] == 1
    assert theirs["incentive_cost"] == 0
    assert (mine.get("levers"), theirs.get("levers")) == ((6, 3) if plain == "cer" else (None, None))
    assert mine.keys() == theirs.keys()
    assert sum(mine[key] != theirs[key] for key in mine) == (2 if plain == "cer" else 1)
    for one, other in zip(
        create(name, [3], training_episodes=20).evaluate(1, random_actions(create(name, [3]), 1)),
        create(plain, [3], **(mine | {"training_episodes": 20})).evaluate(1, random_actions(create(name, [3]), 1)),
        strict=True,
    ):
        assert one.payoff == other.payoff


@pytest.mark.parametrize(
    ("name", "best", "action"),
    [("cer-costly", 122.5, None), ("escape-room-costly", 25.5, [1.25, 0.0, 0.0])],
)
def test_a_small_incentive_opens_the_door_and_doing_nothing_does_not(create, name, best, action):
    """The two at the lever are paid in every step that the game lasts: 140 - 2 * 5 * 1.75 and 28 - 2 * 1.25."""
    environment = create(name, range(4))
    actions = np.zeros((4, environment.problem.action_dim))
    idle = [outcome.payoff for outcome in environment.evaluate(0, actions)]
    if action is None:
        actions[:, :6] = 1.75 * environment.contexts(0)
    else:
        actions[:] = action
    paid = [outcome.payoff for outcome in environment.evaluate(0, actions)]
    assert np.median(paid) == best
    assert -6 < min(idle) <= max(idle) <= 0


def test_levers(create):
    environment = create("cer-costly", range(60), training_episodes=1)
    contexts = environment.contexts(0)
    assert contexts.shape == (60, 6)
    assert (contexts.sum(axis=1) == 1).all()
    assert (contexts.sum(axis=0) > 0).all()
    problem = environment.problem
    assert problem.action_space.shape == (8,)
    assert [part.name for part in problem.description.action][5:] == [
        "incentive at lever 6",
        "incentive at the door",
        "incentive at the start",
    ]
    (outcome, *_) = environment.evaluate(0, random_actions(environment, 60))
    assert outcome.observation in problem.observation_space
    assert n_places(environment.rules) == 8


@pytest.mark.parametrize(("levers", "fine", "coarse"), [(2, 9, 4), (3, 6, 3), (6, 3, 2), (10, 3, 2)])
def test_grids_stay_small_where_there_are_many_levers(create, levers, fine, coarse):
    problem = create("cer", [0], levers=levers).problem
    assert (problem.fine_levels, problem.coarse_levels) == (fine, coarse)


@pytest.mark.parametrize("name", COSTLY.values())
def test_the_prose_tells_the_cost_and_no_good_value(create, name):
    text = create(name, [0]).problem.description
    assert "costs you 1." in text.story
    assert "costs you nothing" not in text.story
    assert "minus the incentives that they got" in text.payoff
    for good in ("1.75", "1.25", "1.5", "122.5", "25.5"):
        assert good not in str(text)
    assert "costs you 0.25." in create(name, [0], incentive_cost=0.25).problem.description.story
    assert "minus 0.25 times the incentives" in create(name, [0], incentive_cost=0.25).problem.description.payoff
    free = create(name, [0], incentive_cost=0.0).problem.description
    assert "costs you nothing." in free.story
    assert "minus" not in free.payoff


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("cer", (-25, 140)),
        ("cer-costly", (-150, 140)),
        ("escape-room", (-25, 28)),
        ("escape-room-costly", (-75, 28)),
    ],
)
def test_payoffs_lie_within_the_declared_bounds(create, name, bounds):
    environment = create(name, range(40), training_episodes=0, validation_episodes=1)
    low, high = environment.problem.payoff_bounds
    assert (low, high) == bounds
    highest = np.tile(environment.problem.action_space.high, (40, 1))
    paid = [outcome.payoff for outcome in environment.evaluate(0, highest)]
    assert low <= min(paid)
    assert max(paid) <= high
    # Followers that have learned nothing are paid the highest incentive in every step, and mostly move.
    if "costly" in name:
        assert min(paid) < 0.8 * low


@pytest.mark.parametrize("name", COSTLY.values())
def test_the_gradient_counts_what_is_paid(create, name):
    """Followers that learn nothing do not react; what remains is the price of those who are at a place."""
    pytest.importorskip("torch")
    actions = random_actions(create(name, [0]), 1)
    (still,) = create(name, [0], training_episodes=0).evaluate(0, actions, gradient=True)
    numbers = ("at_levers", "at_door", "at_start") if name == "cer-costly" else ("at_lever", "at_start", "at_door")
    visits = np.concatenate([still.observation[number] for number in numbers]) * still.timesteps.validation
    np.testing.assert_allclose(still.gradient, -visits)
    np.testing.assert_array_equal(still.baseline_gradient, 0)


def test_the_gradient_is_linear_in_the_cost(create):
    """Learning does not see the cost, so that payoffs and, with them, surrogates are straight lines in it."""
    pytest.importorskip("torch")
    spec = registry().environment("escape-room").spec
    actions = np.array([[1.2, 0.3, 0.5]])

    def gradient(cost):
        environment = spec.load()(
            [1],
            agents=5,
            needed=2,
            incentive_cost=cost,
            training_episodes=6,
            validation_episodes=2,
            gradient_episodes=4,
            settings=FASTER,
        )
        (outcome,) = environment.evaluate(0, actions, gradient=True)
        return outcome.gradient

    zero, one, three = gradient(0.0), gradient(1.0), gradient(3.0)
    assert np.abs(one - zero).min() > 0
    np.testing.assert_allclose(three - zero, 3 * (one - zero), rtol=1e-6)


def test_the_pettingzoo_view_has_as_many_levers():
    env = cer_parallel_env(levers=6, active_lever=5, render_mode="rgb_array")
    observations, _ = env.reset(seed=0)
    assert observations["player_0"].shape == (5 * 8 + 6,)
    assert observations["player_0"][-6:].tolist() == [0, 0, 0, 0, 0, 1]
    assert env.action_space("player_0").n == 8
    env.set_policy([0, 0, 0, 0, 0, 2, 0, 0])
    _, rewards, _, _, infos = env.step(dict(zip(env.possible_agents, [5, 5, 6, 6, 6], strict=True)))
    assert list(rewards.values()) == [1, 1, 10, 10, 10]
    assert [info["raw_reward"] for info in infos.values()] == [-1, -1, 10, 10, 10]
    before = env.render()
    env.step(dict(zip(env.possible_agents, [0, 1, 2, 3, 4], strict=True)))
    assert (env.render() != before).any()
    with pytest.raises(InputError, match="levers: 1; allowed are 2 to 10"):
        cer_parallel_env(levers=1)
    with pytest.raises(InputError, match="active_lever: 6; allowed are 0 to 5"):
        cer_parallel_env(levers=6, active_lever=6)


def test_wrong_options_are_refused():
    from policybench.options import parse_options

    spec = registry().environment("cer-costly").spec
    with pytest.raises(InputError, match="incentive_cost takes a number, at least 0"):
        parse_options("environment cer-costly", "-e", ["incentive_cost=-1"], spec.options)
    with pytest.raises(InputError, match="levers takes an integer, at least 2, at most 10"):
        parse_options("environment cer-costly", "-e", ["levers=1"], spec.options)
