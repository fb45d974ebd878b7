"""The real engine's episodes, replayed: recorded actions and luck in, everything else compared at every step."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

NAMES = sorted(
    path.stem.removeprefix("clean_up_") for path in (Path(__file__).parent / "traces").glob("clean_up*")
)


@pytest.mark.parametrize("name", NAMES)
def test_every_step_of_the_engine_is_reproduced(replay, name):
    played = replay.of(name)
    assert played.differences(0) == set()
    for s in range(1, played.n_steps + 1):
        assert played.step(s) == set(), f"step {s}"
        assert played.games[0].live.sum() == played.trace["live_apple_count"][s]


def short_beams(played):
    """The third cell of a column is the second once more."""
    played.rules.paths[:, :, 2] = played.rules.paths[:, :, 1]


def columns_side_by_side(played):
    """All columns of a beam begin in front of the shooter."""
    played.rules.paths[:, [0, 2]] += played.rules.directions[:, None, None]


def one_step_less_to_cool_down(played):
    played.rules.clean_cooldown -= 1


def back_too_early(played):
    played.rules.removal -= 1


def back_too_late(played):
    played.rules.removal += 1


def first_player_first(played):
    played.games.order.sort()


def no_double_reward(played):
    play = played.play

    def play_once(s, sprouts, soiled):
        play(s, sprouts, soiled)
        played.rewards[:] = np.minimum(played.rewards, 1)

    played.play = play_once


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("scripted_clean", short_beams),
        ("scripted_beam_wall", columns_side_by_side),
        ("scripted_clean", one_step_less_to_cool_down),
        ("scripted_zap", back_too_early),
        ("scripted_zap", back_too_late),
        ("random_2", first_player_first),
        ("scripted_orchard", no_double_reward),
    ],
)
def test_wrong_rules_are_caught(replay, name, wrong):
    played = replay.of(name)
    wrong(played)
    assert any(played.step(s) for s in range(1, played.n_steps + 1))
