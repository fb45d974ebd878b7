"""The command that measures the landscape."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from policybench_escape_room.landscape import CER_ACTIONS, ESCAPE_ROOM_ACTIONS, main, signal_to_noise, spell_out


@pytest.mark.parametrize(("name", "actions"), [("cer", CER_ACTIONS), ("escape-room", ESCAPE_ROOM_ACTIONS)])
def test_it_prints_every_named_action(name, actions):
    done = CliRunner().invoke(
        main, ["--env", name, "-e", "training_episodes=20", "--seeds", "3", "--random", "4", "--workers", "1"]
    )
    assert done.exit_code == 0, done.output
    for action in actions:
        assert f"| {action} " in done.output
    assert "4 random actions: mean" in done.output
    assert "signal-to-noise ratio" in done.output


def test_named_actions_lie_in_the_action_space(create):
    for name, actions in (("cer", CER_ACTIONS), ("escape-room", ESCAPE_ROOM_ACTIONS)):
        space = create(name, [0]).problem.action_space
        assert all(np.array(values, dtype=float) in space for values in actions.values())


def test_wrong_options_are_usage_errors():
    done = CliRunner().invoke(main, ["-e", "folowers=shared"])
    assert done.exit_code == 2
    assert "has no option 'folowers'" in done.output


@pytest.mark.parametrize("active", [0, 1, 2])
def test_the_first_number_is_the_active_lever_s(active):
    action = spell_out((5, 2, 1, 0, 3), np.eye(3)[active])
    assert action[active] == 5
    assert action[(active + 1) % 3] == 2
    assert action[3:].tolist() == [0, 3]


def test_signal_to_noise():
    """Against a case with known variances, 9 between actions and 4 between seeds; noise alone has no signal."""
    rng = np.random.default_rng(0)
    means = rng.normal(0, 3, (2000, 1))
    assert signal_to_noise(means + rng.normal(0, 2, (2000, 10))) == pytest.approx(9 / 4, rel=0.1)
    assert signal_to_noise(rng.normal(0, 2, (2000, 10))) < 0.02
    assert signal_to_noise(np.tile(np.arange(3.0)[:, None], 4)) == np.inf
