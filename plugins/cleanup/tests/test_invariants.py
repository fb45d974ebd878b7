"""What always holds, whatever the players do."""

from __future__ import annotations

import numpy as np
from cleanup_situations import (
    CLEAN,
    FORWARD,
    RULES,
    SETTINGS,
    TURN_LEFT,
    TURN_RIGHT,
    buffers,
    rule_sets,
    seeds,
    streams,
)
from hypothesis import given
from hypothesis import strategies as st

from policybench.gridworld.layout import positions
from policybench_cleanup.game import make_games, step_games
from policybench_cleanup.map import (
    OUTSIDE,
    WALL,
)
from policybench_cleanup.state import read_state, write_state


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
