"""What always holds, whatever the players do; and small situations with a known outcome."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policybench import InputError
from policybench.gridworld.layout import positions
from policybench.streams import kernel_stream
from policybench_cleanup.game import make_games, observe_game, step_game, step_games
from policybench_cleanup.map import (
    APPLE,
    AVATAR,
    CLEAN_BEAM,
    CLEANUP_MAP,
    N_SYMBOLS,
    OUTSIDE,
    SAND,
    SYMBOL_NAMES,
    WALL,
    WATER,
    ZAP_BEAM,
)
from policybench_cleanup.rules import make_rules
from policybench_cleanup.state import read_state, write_state
from policybench_cleanup.step import transition

NOOP, FORWARD, BACKWARD, STEP_LEFT, STEP_RIGHT, TURN_LEFT, TURN_RIGHT, ZAP, CLEAN = range(9)
NORTH, EAST, SOUTH, WEST = range(4)
RULES = {order: make_rules(random_move_order=order == "random") for order in ("fixed", "random")}
FERTILE = make_rules(max_growth_rate=1.0)
SETTINGS = settings(max_examples=30, deadline=None)

seeds = st.integers(0, 2**32 - 1)
rule_sets = st.sampled_from([*RULES.values(), FERTILE])


def scattered(rules, games, seed):
    """Players anywhere, a river half clean, apples here and there, beams ready or not, late in the episode."""
    rng = np.random.default_rng(seed)
    free = np.flatnonzero(rules.terrain < WALL)
    for g in range(len(games)):
        state = read_state(rules, games, g)
        state["position"] = positions(rng.choice(free, 7, replace=False), 30)
        state["orientation"] = rng.integers(0, 4, 7)
        state["dirt"] &= rng.random(state["dirt"].shape) < rng.random()
        state["apples"] &= rng.random(state["apples"].shape) < rng.random()
        state["zap_cooldown"], state["clean_cooldown"] = rng.integers(0, 11, 7), rng.integers(0, 3, 7)
        state["step"] = int(rng.integers(0, 900))
        write_state(rules, games, g, state)


def walk(seed, n_steps, n_games):
    """Actions that go somewhere, clean and zap: [n_steps, n_games, 7]."""
    habits = [0.02, 0.4, 0.03, 0.08, 0.07, 0.08, 0.07, 0.1, 0.15]
    return np.random.default_rng(seed).choice(9, size=(n_steps, n_games, 7), p=habits).astype(np.uint8)


def streams(seed, n_games):
    return np.stack([kernel_stream(seed, 0, "game", g) for g in range(n_games)])


def buffers(n_games):
    return (
        np.zeros((n_games, 7), np.float32),
        np.zeros((n_games, 7), np.int8),
        np.zeros((n_games, 7, 11, 11), np.uint8),
    )


@SETTINGS
@given(rule_sets, seeds)
def test_invariants(rules, seed):
    """One avatar a cell and none in a wall; apples and dirt come and go one by one; who is away is away."""
    n_games = 3
    games = make_games(rules, n_games)
    scattered(rules, games, seed)
    rewards, cleaned, views = buffers(n_games)
    luck = streams(seed, n_games)
    for actions in walk(seed, 60, n_games):
        before = [read_state(rules, games, g) for g in range(n_games)]
        step_games(rules, games, actions, luck, rewards, cleaned, views)
        assert np.isin(rewards, (0, 1, 2)).all()
        assert np.isin(cleaned, (0, 1, 2, 3)).all()
        assert (actions[cleaned > 0] == CLEAN).all()
        for g in range(n_games):
            was, now, game = before[g], read_state(rules, games, g), games[g]
            both = was["alive"] & now["alive"]
            assert len(np.unique(now["position"][now["alive"]], axis=0)) == now["alive"].sum()
            assert (rules.terrain[game.avatars["cell"][now["alive"]]] < WALL).all()
            assert np.abs(now["position"] - was["position"])[both].sum(axis=1).max(initial=0) <= 1
            turned = (now["orientation"] - was["orientation"]) % 4
            for action, quarter in ((TURN_LEFT, 3), (TURN_RIGHT, 1), (FORWARD, 0), (CLEAN, 0)):
                assert (turned[both & (actions[g] == action)] == quarter).all()

            assert not rewards[g][~was["alive"]].any()
            assert not cleaned[g][~was["alive"]].any()
            assert (now["removed_for"][was["alive"] & ~now["alive"]] == 1).all()
            stays_away = ~was["alive"] & ~now["alive"]
            assert (now["removed_for"] == was["removed_for"] + 1)[stays_away].all()
            assert (was["removed_for"][~was["alive"] & now["alive"]] >= 51).all()
            assert (views[g][~now["alive"]] == OUTSIDE).all()

            eaten = int(was["apples"].sum() + game.regrown - now["apples"].sum())
            assert (rewards[g].sum() > 0) == (eaten > 0)
            assert eaten <= rewards[g].sum() <= 2 * eaten
            gone = int(was["dirt"].sum() + (game.soiled >= 0) - now["dirt"].sum())
            assert (cleaned[g].sum() > 0) == (gone > 0)
            assert gone <= cleaned[g].sum()
            if was["dirt"].sum() >= 59:
                assert game.regrown == 0
            if was["step"] < 50:
                assert game.soiled == -1


@SETTINGS
@given(rule_sets, seeds)
def test_the_board_shows_the_state(rules, seed):
    """What kernels keep up to date step by step is what the state says afresh, beams included."""
    games, again = make_games(rules, 1), make_games(rules, 1)
    scattered(rules, games, seed)
    rewards, cleaned, views = buffers(1)
    luck = streams(seed, 1)
    for actions in walk(seed, 60, 1):
        step_games(rules, games, actions, luck, rewards, cleaned, views)
        write_state(rules, again, 0, read_state(rules, games, 0))
        np.testing.assert_array_equal(games.board, again.board)
        np.testing.assert_array_equal(games.ground, again.ground)


@SETTINGS
@given(rule_sets, seeds)
def test_a_state_holds_all_that_matters(rules, seed):
    """From a state that was kept, play goes on as it did, to the same bytes."""
    games, again = make_games(rules, 1), make_games(rules, 1)
    scattered(rules, games, seed)
    rewards, cleaned, views = buffers(1)
    luck = streams(seed, 1)
    actions = walk(seed, 160, 1)
    for joint in actions[:80]:
        step_games(rules, games, joint, luck, rewards, cleaned, views)
    write_state(rules, again, 0, read_state(rules, games, 0))
    copied = luck.copy()
    for joint in actions[80:]:
        step_games(rules, games, joint, luck, rewards, cleaned, views)
        expected = rewards.tobytes() + cleaned.tobytes() + views.tobytes()
        step_games(rules, again, joint, copied, rewards, cleaned, views)
        assert rewards.tobytes() + cleaned.tobytes() + views.tobytes() == expected


@SETTINGS
@given(rule_sets, seeds, st.integers(0, 4))
def test_a_game_depends_on_its_own_stream_alone(rules, seed, g):
    """A row of a batch is the same bytes as the game alone."""
    together, alone = make_games(rules, 5), make_games(rules, 1)
    luck = streams(seed, 5)
    own = luck[g : g + 1].copy()
    all_out, own_out = buffers(5), buffers(1)
    for actions in walk(seed, 60, 5):
        step_games(rules, together, actions, luck, *all_out)
        step_games(rules, alone, actions[g : g + 1], own, *own_out)
        assert all(a[g].tobytes() == b[0].tobytes() for a, b in zip(all_out, own_out, strict=True))
    assert together[g].tobytes() == alone[0].tobytes()
    assert luck[g].tobytes() == own[0].tobytes()


def test_luck_does_not_depend_on_play():
    """Every step takes as many numbers from the stream, whatever happens: paired comparisons stay paired."""
    ends = []
    for seed in range(2):
        games, luck = make_games(RULES["random"], 1), streams(0, 1)
        out = buffers(1)
        for actions in walk(seed, 200, 1):
            step_games(RULES["random"], games, actions, luck, *out)
        ends.append(luck.tobytes())
    assert ends[0] == ends[1]


# Small situations.


class Situation:
    """A game on the standard map that plays on with luck as it is told, by default none."""

    def __init__(self, rules=RULES["fixed"], **changes):
        self.rules = rules
        self.games = make_games(rules, 1)
        self.game = self.games[0]
        state = read_state(rules, self.games, 0)
        for key, values in changes.items():
            if isinstance(values, dict):
                for index, value in values.items():
                    state[key][index] = value
            else:
                state[key] = values
        write_state(rules, self.games, 0, state)
        self.rewards, self.cleaned = np.zeros(7, np.float32), np.zeros(7, np.int8)

    def play(self, actions=None, *, grows=(), soiled=None, facing=NORTH):
        """One step; ``actions`` and ``grows`` name players and cells."""
        joint = np.zeros(7, np.uint8)
        for player, action in (actions or {}).items():
            joint[player] = action
        self.game.sprouts[:] = False
        for x, y in grows:
            self.game.sprouts[self.site(self.rules.sites, x, y)] = True
        self.game.soiled = -1 if soiled is None else self.site(self.rules.river, *soiled)
        self.game.avatars["facing"] = facing
        transition(self.rules, self.game, joint, self.rewards, self.cleaned)
        return self.state

    def site(self, cells, x, y):
        (found,) = np.flatnonzero((positions(cells, 30) == (x, y)).all(axis=1))
        return found

    @property
    def state(self):
        return read_state(self.rules, self.games, 0)

    def views(self):
        views = np.zeros((7, 11, 11), np.uint8)
        observe_game(self.rules, self.games, 0, views)
        return views


def cells(grid):
    return [(int(x), int(y)) for y, x in np.argwhere(grid)]


def grid(*cells):
    """The map, true in these cells."""
    flags = np.zeros((21, 30), bool)
    for x, y in cells:
        flags[y, x] = True
    return flags


def test_who_enters_an_apple_eats_it():
    s = Situation(position={0: (5, 15), 1: (9, 15)})
    s.play({0: BACKWARD, 1: TURN_LEFT})
    assert s.rewards.tolist() == [1, 0, 0, 0, 0, 0, 0]
    assert not s.state["apples"][16, 5]
    s.play({0: NOOP})
    assert not s.rewards.any()


def test_an_apple_that_grows_under_an_avatar_is_eaten_at_once():
    for action in (NOOP, TURN_LEFT, CLEAN, FORWARD):
        s = Situation(apples=grid(), position={0: (5, 18)})
        state = s.play({0: action}, grows=[(5, 18)])
        assert s.rewards[0] == 1
        assert not state["apples"].any()
        assert s.game.regrown == 1


def test_a_blocked_move_eats_the_growing_apple_twice():
    s = Situation(apples=grid(), position={0: (5, 19)})
    state = s.play({0: BACKWARD}, grows=[(5, 19)])
    assert s.rewards[0] == 2
    assert not state["apples"].any()
    s.play({0: BACKWARD})
    assert s.rewards[0] == 0


@pytest.mark.parametrize(("leader", "rewards"), [(6, [1, 1]), (0, [0, 1])])
def test_a_growing_apple_pays_who_leaves_and_who_follows_if_the_leader_acts_first(leader, rewards):
    follower = 6 - leader
    s = Situation(apples=grid(), position={leader: (6, 18), follower: (5, 18)}, orientation=np.full(7, EAST))
    state = s.play({leader: FORWARD, follower: FORWARD}, grows=[(6, 18)])
    assert [s.rewards[follower], s.rewards[leader]] == rewards
    assert not state["apples"].any()


def test_an_apple_that_grows_can_be_entered_in_the_same_step():
    s = Situation(apples=grid(), position={0: (5, 17)})
    state = s.play({0: BACKWARD}, grows=[(5, 18), (9, 18)])
    assert s.rewards[0] == 1
    assert cells(state["apples"]) == [(9, 18)]
    assert s.game.regrown == 2


def test_an_eaten_apple_can_be_back_in_the_next_step():
    s = Situation(position={0: (5, 15)})
    s.play({0: BACKWARD})
    assert s.play({0: FORWARD}, grows=[(5, 16)])["apples"][16, 5] == 0
    assert s.rewards[0] == 1
    assert s.play(grows=[(5, 16)])["apples"][16, 5]


def test_two_want_one_cell_the_last_player_gets_it():
    s = Situation(position={0: (4, 16), 6: (6, 16)}, orientation={0: EAST, 6: WEST}, apples=grid((5, 16)))
    s.play({0: FORWARD, 6: FORWARD})
    assert s.rewards.tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert s.state["position"][[0, 6]].tolist() == [[4, 16], [5, 16]]


def test_nothing_but_walls_and_avatars_blocks():
    """From the sand through clean and dirty river to the northern wall."""
    s = Situation(position={0: (2, 7)})
    for _ in range(10):
        s.play({0: FORWARD})
    assert s.state["position"][0].tolist() == [2, 1]


def test_growth_by_dirt():
    growth = RULES["fixed"].growth
    assert growth[0] == 0.05
    assert growth[58] == pytest.approx(0.00068, abs=5e-6)
    assert not growth[59:].any()
    assert (np.diff(growth[:60]) < 0).all()


# Beams. Player 1 stands on sand at (10, 10) unless told otherwise.

ALONE = {0: (10, 10), 1: (1, 19), 2: (2, 19), 3: (3, 19), 4: (4, 19), 5: (5, 19), 6: (6, 19)}


@pytest.mark.parametrize("action", [ZAP, CLEAN])
def test_the_shape_of_a_beam(action):
    expected = {
        NORTH: {(10, 9), (10, 8), (10, 7), (9, 10), (9, 9), (9, 8), (11, 10), (11, 9), (11, 8)},
        EAST: {(11, 10), (12, 10), (13, 10), (10, 9), (11, 9), (12, 9), (10, 11), (11, 11), (12, 11)},
        SOUTH: {(10, 11), (10, 12), (10, 13), (9, 10), (9, 11), (9, 12), (11, 10), (11, 11), (11, 12)},
        WEST: {(9, 10), (8, 10), (7, 10), (10, 9), (9, 9), (8, 9), (10, 11), (9, 11), (8, 11)},
    }
    for facing, lit in expected.items():
        s = Situation(position=ALONE, orientation={0: facing})
        state = s.play({0: action})
        beam, other = ("zap_beam", "clean_beam") if action == ZAP else ("clean_beam", "zap_beam")
        assert set(cells(state[beam])) == lit
        assert not state[other].any()
        assert not s.play()[beam].any()


def test_a_column_stops_at_a_wall():
    s = Situation(position=ALONE | {0: (1, 8)}, orientation={0: WEST})
    assert set(cells(s.play({0: CLEAN})["clean_beam"])) == {(1, 7), (1, 9)}


def test_each_column_cleans_its_first_dirt():
    s = Situation(position=ALONE | {0: (5, 5)}, dirt=grid((5, 4), (5, 3), (4, 3), (6, 5), (6, 4)))
    state = s.play({0: CLEAN})
    assert s.cleaned.tolist() == [3, 0, 0, 0, 0, 0, 0]
    assert set(cells(state["dirt"])) == {(5, 3), (6, 4)}
    assert set(cells(state["clean_beam"])) == {(4, 5), (4, 4)}


def test_two_who_hit_the_same_dirt_both_clean():
    s = Situation(position=ALONE | {0: (5, 5), 1: (5, 1)}, orientation={1: SOUTH}, dirt=grid((5, 3)))
    state = s.play({0: CLEAN, 1: CLEAN})
    assert s.cleaned.tolist() == [1, 1, 0, 0, 0, 0, 0]
    assert not state["dirt"].any()


def test_dirt_can_be_hit_in_the_step_in_which_it_appears():
    s = Situation(position=ALONE | {0: (5, 5)}, dirt=grid())
    state = s.play({0: CLEAN}, soiled=(5, 3))
    assert s.cleaned[0] == 1
    assert not state["dirt"].any()
    assert (5, 3) not in cells(state["clean_beam"])


def test_avatars_do_not_stop_the_cleaning_beam():
    s = Situation(position=ALONE | {0: (5, 5), 1: (5, 4)}, dirt=grid((5, 3)))
    state = s.play({0: CLEAN})
    assert s.cleaned[0] == 1
    assert state["alive"].all()


@pytest.mark.parametrize(
    ("action", "beam", "shots"), [(CLEAN, "clean_beam", [1, 4, 7, 10, 13]), (ZAP, "zap_beam", [1, 12])]
)
def test_beams_cool_down(action, beam, shots):
    s = Situation(position=ALONE)
    assert [step for step in range(1, 14) if s.play({0: action})[beam].any()] == shots


def test_the_beams_cool_down_apart():
    s = Situation(position=ALONE)
    assert s.play({0: ZAP})["zap_beam"].any()
    assert s.play({0: CLEAN})["clean_beam"].any()


def test_zaps_hit_the_first_avatar_of_a_column():
    s = Situation(position=ALONE | {1: (10, 8), 2: (10, 7), 3: (9, 10), 4: (9, 9), 5: (11, 7)})
    state = s.play({0: ZAP})
    assert state["alive"].tolist() == [True, False, True, False, True, True, True]
    assert set(cells(state["zap_beam"])) == {(10, 9), (11, 10), (11, 9), (11, 8)}


def test_two_can_zap_each_other():
    s = Situation(position=ALONE | {1: (10, 8)}, orientation={1: SOUTH})
    assert s.play({0: ZAP, 1: ZAP})["alive"].tolist() == [False, False, True, True, True, True, True]


def test_who_is_zapped_still_eats_and_cleans_in_that_step():
    s = Situation(
        position=ALONE | {0: (5, 17), 1: (6, 17), 2: (5, 5), 3: (8, 5)},
        orientation={0: EAST, 3: WEST},
        apples=grid(),
        dirt=grid((5, 3)),
    )
    s.play({0: ZAP, 1: NOOP, 2: CLEAN, 3: ZAP}, grows=[(6, 17)])
    assert s.rewards[1] == 1
    assert s.cleaned[2] == 1
    assert s.state["alive"].tolist() == [True, False, False, True, True, True, True]


def zapped(**changes):
    """Player 2 has just been zapped and player 3 stands on its spawn cell."""
    s = Situation(position=ALONE | {1: (10, 8), 2: (8, 10)}, **changes)
    s.play({0: ZAP})
    return s


def test_a_zapped_player_is_away_for_51_observations():
    s = zapped()
    s.play({2: FORWARD})  # the spawn cell is free from now on
    for _ in range(49):
        assert not s.state["alive"][1]
        assert (s.views()[1] == OUTSIDE).all()
        s.play({1: FORWARD})
    assert s.state["removed_for"][1] == 51
    state = s.play({1: FORWARD}, facing=WEST)
    assert state["alive"][1]
    assert state["position"][1].tolist() == [8, 10]
    assert state["orientation"][1] == WEST
    assert s.play({1: FORWARD})["position"][1].tolist() == [7, 10]


def test_coming_back_waits_for_the_spawn_cell():
    s = zapped()
    for _ in range(60):
        s.play()
    assert not s.state["alive"][1]
    state = s.play({2: FORWARD})  # it is left in this step, and taken in this step
    assert state["alive"][1]
    assert state["position"][[1, 2]].tolist() == [[8, 10], [8, 9]]


def test_cool_downs_rest_while_a_player_is_away():
    s = zapped(zap_cooldown={1: 7}, clean_cooldown={1: 2})
    for _ in range(30):
        s.play()
    assert s.state["zap_cooldown"][1] == 6
    assert s.state["clean_cooldown"][1] == 1


def test_who_is_away_blocks_nothing_and_does_nothing():
    s = zapped()
    state = s.play({0: FORWARD, 1: CLEAN})
    state = s.play({0: FORWARD, 1: ZAP})
    assert state["position"][0].tolist() == [10, 8]
    assert not state["zap_beam"].any()
    assert not state["clean_beam"].any()
    assert s.cleaned[1] == s.rewards[1] == 0


# What beams look like.


def test_a_zap_hides_all_but_avatars_and_a_cleaning_beam_only_bare_ground():
    for action, over_apple, over_sand in ((ZAP, ZAP_BEAM, ZAP_BEAM), (CLEAN, APPLE, CLEAN_BEAM)):
        s = Situation(position=ALONE | {0: (10, 17), 1: (11, 14)})
        s.play({0: action})
        view = s.views()[0]
        assert view[8, 5] == over_apple
        s = Situation(position=ALONE | {1: (10, 12)}, orientation={1: EAST})
        s.play({0: action})
        assert s.views()[0][8, 5] == over_sand
        s.play()
        assert s.views()[0][8, 5] == SAND


@pytest.mark.parametrize("zapper", [0, 1])
def test_where_beams_cross_the_zap_is_seen(zapper):
    s = Situation(position=ALONE | {0: (10, 10), 1: (14, 10)}, orientation={0: EAST, 1: WEST})
    s.play({zapper: ZAP, 1 - zapper: CLEAN})
    assert (s.views()[:2, 7, 5] == ZAP_BEAM).all()


def test_a_cleaning_beam_does_not_hide_avatars():
    s = Situation(position=ALONE | {1: (10, 8)}, orientation={1: EAST})
    s.play({0: CLEAN})
    assert s.views()[0][7, 5] == AVATAR + 1


def test_the_own_cell_shows_the_ground():
    s = Situation(position=ALONE | {0: (1, 2), 1: (1, 18)})
    assert s.views()[0][9, 5] == WATER
    assert s.views()[1][9, 5] == APPLE


# Maps and options.


def test_the_map():
    rules = RULES["fixed"]
    assert tuple(rules.map_size) == (21, 30)
    assert len(rules.sites) == 122
    assert len(rules.river) == 147
    assert read_state(rules, make_games(rules, 1), 0)["dirt"].sum() == 79
    spawns = [[11, 9], [8, 10], [8, 8], [5, 9], [5, 11], [11, 11], [8, 12]]
    assert positions(rules.spawns, 30).tolist() == spawns
    assert N_SYMBOLS == len(SYMBOL_NAMES) == 13


def test_random_order_is_fair():
    rules = RULES["random"]
    games = make_games(rules, 2000)
    state = read_state(rules, games, 0)
    state["position"][[0, 6]], state["orientation"][[0, 6]] = [[4, 16], [6, 16]], [EAST, WEST]
    state["apples"] = grid((5, 16))
    for g in range(2000):
        write_state(rules, games, g, state)
    rewards, cleaned, views = buffers(2000)
    actions = np.zeros((2000, 7), np.uint8)
    actions[:, [0, 6]] = FORWARD
    step_games(rules, games, actions, streams(0, 2000), rewards, cleaned, views)
    assert (rewards.sum(axis=1) == 1).all()
    assert abs(rewards[:, 0].mean() - 0.5) < 0.05


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ("WWW\nWW", "layout: its rows have different lengths"),
        ("WWW\nWPX\nWWW", "layout: unknown character 'P'"),
        ("WWW\nWBW\nWWW", "layout: spawn cells none"),
    ],
)
def test_bad_maps(layout, message):
    with pytest.raises(InputError, match=message):
        make_rules(layout)


@pytest.mark.parametrize("rate", [-0.1, 1.5, float("nan")])
def test_bad_growth_rates(rate):
    with pytest.raises(InputError, match=r"max_growth_rate: .* from 0 to 1"):
        make_rules(CLEANUP_MAP, rate)


def test_a_step_draws_and_plays():
    """``step_game`` is one step of one game of a batch; the others stay as they are."""
    rules, games = RULES["fixed"], make_games(RULES["fixed"], 2)
    rewards, cleaned, _ = buffers(1)
    step_game(rules, games, 1, np.full(7, FORWARD, np.uint8), rewards[0], cleaned[0], kernel_stream(0, 0, "test"))
    assert games.step.tolist() == [0, 1]
    assert (read_state(rules, games, 1)["position"] - read_state(rules, games, 0)["position"] == (0, -1)).all()
