"""Beams: their shapes, whom they hit, and what they look like. Player 0 stands on sand unless told otherwise."""

from __future__ import annotations

import pytest
from cleanup_situations import (
    ALONE,
    CLEAN,
    EAST,
    FORWARD,
    NOOP,
    NORTH,
    SOUTH,
    WEST,
    ZAP,
    Situation,
    cells,
    grid,
)

from policybench_cleanup.map import (
    APPLE,
    AVATAR,
    CLEAN_BEAM,
    OUTSIDE,
    SAND,
    WATER,
    ZAP_BEAM,
)


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
