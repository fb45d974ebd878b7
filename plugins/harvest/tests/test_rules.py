"""What always holds, whatever the players do; and small situations with a known outcome."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policybench import InputError
from policybench.gridworld.layout import PADDING, positions
from policybench.streams import kernel_stream
from policybench_harvest.game import apples_left, make_games, observe_game, step_game, step_games
from policybench_harvest.map import (
    APPLE,
    AVATAR,
    FLOOR,
    GRASS,
    HARVEST_MAP,
    N_SYMBOLS,
    OUTSIDE,
    SYMBOL_NAMES,
    WALL,
)
from policybench_harvest.rules import REGROWTH_PROBABILITIES, make_rules
from policybench_harvest.state import read_state, write_state
from policybench_harvest.step import UNARMED

NOOP, FORWARD, BACKWARD, STEP_LEFT, STEP_RIGHT, TURN_LEFT, TURN_RIGHT = range(7)
RULES = {order: make_rules(random_move_order=order == "random") for order in ("fixed", "random")}
FERTILE = make_rules(regrowth_probabilities=(0, 0.3, 0.5, 0.7))
SETTINGS = settings(max_examples=30, deadline=None)

seeds = st.integers(0, 2**32 - 1)
rule_sets = st.sampled_from([*RULES.values(), FERTILE])


def walk(rng, n_steps, n_games, n_players):
    """Actions that reach the orchards: [n_steps, n_games, n_players]."""
    habits = [0.02, 0.5, 0.03, 0.1, 0.1, 0.12, 0.13]
    return rng.choice(7, size=(n_steps, n_games, n_players), p=habits).astype(np.uint8)


def streams(seed, n_games):
    return np.stack([kernel_stream(seed, 0, "game", g) for g in range(n_games)])


def buffers(n_games, n_players=7):
    return np.zeros((n_games, n_players), np.float32), np.zeros((n_games, n_players, 11, 11), np.uint8)


@SETTINGS
@given(rule_sets, seeds)
def test_invariants(rules, seed):
    """One avatar a cell, none in a wall, at most one apple a step, and no apple gets lost or doubled."""
    n_games = 3
    games = make_games(rules, n_games)
    rewards, views = buffers(n_games)
    luck = streams(seed, n_games)
    for actions in walk(np.random.default_rng(seed), 60, n_games, 7):
        before = [read_state(rules, games, g) for g in range(n_games)]
        step_games(rules, games, actions, luck, rewards, views)
        assert np.isin(rewards, (0, 1)).all()
        for g in range(n_games):
            after, sites = read_state(rules, games, g), games.sites[g]
            assert len(np.unique(after["position"], axis=0)) == 7
            assert (rules.terrain[games.avatars[g]["cell"]] < WALL).all()
            assert np.abs(after["position"] - before[g]["position"]).sum(axis=1).max() <= 1
            turned = (after["orientation"] - before[g]["orientation"]) % 4
            assert (turned[actions[g] < TURN_LEFT] == 0).all()
            assert (turned[actions[g] == TURN_LEFT] == 3).all()
            assert (turned[actions[g] == TURN_RIGHT] == 1).all()

            apples = after["apples"].sum()
            assert apples == apples_left(games, g)
            assert apples == before[g]["apples"].sum() + sites["sprouts"].sum() - rewards[g].sum()
            assert (sites["armed"][sites["live"]] == UNARMED).all()
            for site, rule in zip(sites, rules.sites, strict=True):
                assert site["live_neighbours"] == sites["live"][rule["neighbours"][: rule["n_neighbours"]]].sum()


@SETTINGS
@given(rule_sets, seeds)
def test_the_board_shows_the_state(rules, seed):
    """What kernels keep up to date step by step is what the state says afresh."""
    games, again = make_games(rules, 1), make_games(rules, 1)
    rewards, views = buffers(1)
    luck = streams(seed, 1)
    for actions in walk(np.random.default_rng(seed), 60, 1, 7):
        step_games(rules, games, actions, luck, rewards, views)
        write_state(rules, again, 0, read_state(rules, games, 0))
        np.testing.assert_array_equal(games.board, again.board)
        np.testing.assert_array_equal(games.ground, again.ground)
        np.testing.assert_array_equal(games.sites["live_neighbours"], again.sites["live_neighbours"])


@SETTINGS
@given(rule_sets, seeds, st.integers(0, 4))
def test_a_game_depends_on_its_own_stream_alone(rules, seed, g):
    """A row of a batch is the same bytes as the game alone."""
    together, alone = make_games(rules, 5), make_games(rules, 1)
    luck = streams(seed, 5)
    own = luck[g : g + 1].copy()
    rewards, views = buffers(5)
    own_rewards, own_views = buffers(1)
    for actions in walk(np.random.default_rng(seed), 50, 5, 7):
        step_games(rules, together, actions, luck, rewards, views)
        step_games(rules, alone, actions[g : g + 1], own, own_rewards, own_views)
        assert rewards[g].tobytes() == own_rewards[0].tobytes()
        assert views[g].tobytes() == own_views[0].tobytes()
    assert all(a[g].tobytes() == b[0].tobytes() for a, b in zip(together, alone, strict=True))
    assert luck[g].tobytes() == own[0].tobytes()


def test_luck_does_not_depend_on_play():
    """Every step takes as many numbers from the stream, whatever happens: paired comparisons stay paired."""
    ends = []
    for seed in range(2):
        games, luck = make_games(RULES["random"], 1), streams(0, 1)
        rewards, views = buffers(1)
        for actions in walk(np.random.default_rng(seed), 200, 1, 7):
            step_games(RULES["random"], games, actions, luck, rewards, views)
        ends.append(luck.tobytes())
    assert ends[0] == ends[1]


@SETTINGS
@given(seeds, st.integers(0, 3))
def test_views_are_windows_that_turn(seed, facing):
    """Each view cell by the formula: (x, y) + (9 - row) ahead + (column - 5) to the right."""
    rules = RULES["fixed"]
    games = make_games(rules, 1)
    rewards, views = buffers(1)
    luck = streams(seed, 1)
    for actions in walk(np.random.default_rng(seed), 40, 1, 7):
        step_games(rules, games, actions, luck, rewards, views)
    state = read_state(rules, games, 0)
    state["orientation"][:] = (state["orientation"] + facing) % 4
    write_state(rules, games, 0, state)
    observe_game(rules, games, 0, views[0])

    others = {
        tuple(place): turn for place, turn in zip(state["position"].tolist(), state["orientation"], strict=True)
    }
    walls = np.array([list(row) for row in HARVEST_MAP.split("\n")]) == "W"
    for view, (x, y), orientation in zip(views[0], state["position"], state["orientation"], strict=True):
        ahead = np.array([(0, -1), (1, 0), (0, 1), (-1, 0)][orientation])
        right = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)][orientation])
        for row in range(11):
            for column in range(11):
                place = np.array([x, y]) + (9 - row) * ahead + (column - 5) * right
                i, j = place[::-1]
                if not (0 <= i < 18 and 0 <= j < 24):
                    expected = OUTSIDE
                elif walls[i, j]:
                    expected = WALL
                elif tuple(place.tolist()) in others and (row, column) != (9, 5):
                    expected = AVATAR + (others[tuple(place.tolist())] - orientation) % 4
                else:
                    expected = APPLE if state["apples"][i, j] else FLOOR if state["floor"][i, j] else GRASS
                assert view[row, column] == expected


# Small situations.


def play(layout, actions, probabilities=(0, 0, 0, 0), seed=0):
    """Play a list of joint actions; yields rewards and state after each step."""
    rules = make_rules(layout, probabilities)
    games = make_games(rules, 1)
    rewards = np.zeros(len(rules.spawns), np.float32)
    luck = kernel_stream(seed, 0, "test")
    for joint in actions:
        step_game(rules, games, 0, np.array(joint, dtype=np.uint8), rewards, luck)
        yield rewards.tolist(), read_state(rules, games, 0)


def test_two_want_one_cell_the_last_player_gets_it():
    layout = "WWWWW\nWPAEW\nWWWWW"
    ((rewards, state),) = play(layout, [(STEP_RIGHT, STEP_LEFT)])
    assert rewards == [0, 1]
    assert state["position"].tolist() == [[1, 1], [2, 1]]


def test_neighbours_cannot_swap():
    ((_, state),) = play("WWWW\nWPEW\nWWWW", [(STEP_RIGHT, STEP_LEFT)])
    assert state["position"].tolist() == [[1, 1], [2, 1]]


@pytest.mark.parametrize(("layout", "follows"), [("WWWWW\nWPE W\nWWWWW", True), ("WWWWW\nWEP W\nWWWWW", False)])
def test_one_follows_another_who_acts_before(layout, follows):
    (_, before), (_, after) = play(layout, [(NOOP, NOOP), (STEP_RIGHT, STEP_RIGHT)])
    moved = (after["position"] != before["position"]).any(axis=1)
    assert moved.sum() == (2 if follows else 1)


def test_random_order_is_fair():
    layout = "WWWWW\nWPAEW\nWWWWW"
    rules = make_rules(layout, (0, 0, 0, 0), random_move_order=True)
    games = make_games(rules, 2000)
    rewards, views = buffers(2000, 2)
    actions = np.tile(np.array([STEP_RIGHT, STEP_LEFT], dtype=np.uint8), (2000, 1))
    step_games(rules, games, actions, streams(0, 2000), rewards, views)
    assert (rewards.sum(axis=1) == 1).all()
    assert abs(rewards[:, 0].mean() - 0.5) < 0.05


def test_an_eaten_apple_is_back_after_two_steps_at_the_earliest():
    actions = [(STEP_RIGHT,), (STEP_RIGHT,), (NOOP,)]
    layout = "WWWWWWW\nWPA AAW\nWWWWWWW"
    apples = [bool(state["apples"][1, 2]) for _, state in play(layout, actions, (0, 1, 1, 1))]
    assert apples == [False, False, True]


def test_a_patch_that_is_eaten_completely_is_dead():
    states = [
        state for _, state in play("WWWWW\nWPA W\nWWWWW", [(STEP_RIGHT,)] * 2 + [(NOOP,)] * 50, (0, 1, 1, 1))
    ]
    assert not any(state["apples"].any() for state in states)
    assert [bool(state["floor"][1, 2]) for state in states[:3]] == [False, True, True]


def test_regrowth_by_number_of_neighbours():
    """The last probability holds for all greater numbers; unarmed sites never grow."""
    regrowth = make_rules().regrowth
    np.testing.assert_array_equal(regrowth[:4], REGROWTH_PROBABILITIES)
    assert (regrowth[4:13] == 0.025).all()
    assert regrowth[UNARMED] == 0


def test_the_map():
    rules = make_rules()
    assert tuple(rules.size) == (18, 24)
    assert len(rules.sites) == 64
    spawns = [[17, 13], [14, 13], [7, 7], [16, 7], [11, 13], [8, 13], [5, 13]]
    assert positions(rules.spawns, 24).tolist() == spawns
    assert rules.sites["n_neighbours"].max() == 12
    assert len(rules.terrain) == (18 + 2 * PADDING) * (24 + 2 * PADDING)
    assert N_SYMBOLS == len(SYMBOL_NAMES) == 9


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ("WWW\nWW", "layout: its rows have different lengths"),
        ("", "layout: its rows have different lengths"),
        ("WWW\nWPx\nWWW", "layout: unknown character 'x'"),
        ("WWW\nWAW\nWWW", "layout: spawn cells none"),
        ("WWWW\nWEAW\nWWWW", "layout: spawn cells E"),
        ("WWWW\nWPPW\nWWWW", "layout: spawn cells P"),
    ],
)
def test_bad_maps(layout, message):
    with pytest.raises(InputError, match=message):
        make_rules(layout)


@pytest.mark.parametrize("probabilities", [(), (0, 1.5), (-0.1,), (0, float("nan")), [0.1] * 14])
def test_bad_probabilities(probabilities):
    with pytest.raises(InputError, match="regrowth_probabilities: "):
        make_rules(regrowth_probabilities=probabilities)


def test_avatars_stay_on_maps_without_walls():
    """The edge of the map cannot be crossed."""
    states = [state for _, state in play("P\n ", [(FORWARD,), (STEP_LEFT,), (BACKWARD,), (BACKWARD,)])]
    assert [state["position"].tolist() for state in states] == [[[0, 0]], [[0, 0]], [[0, 1]], [[0, 1]]]
