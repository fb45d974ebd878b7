"""Pre-training follows its recipe, repeatably, and the command writes what followers start from."""

import numpy as np
import pytest
from click.testing import CliRunner

pytest.importorskip("torch")

from policybench.followers.network import act
from policybench.followers.pretraining import Shape, Stage
from policybench.followers.recipe import Recipe, pretrain, pretrain_command
from policybench.followers.settings import PPOSettings
from policybench.followers.weights import load_notes, load_weights


def make_play(n_steps):
    """A game in which every view is the same and action 2 pays, or under a principal's 1, action 0."""
    paid = []

    def play(policy, trajectory, game_stream, action_stream):
        good = 0 if policy.action[0] == 1 else 2
        trajectory.views[:] = 1
        for t in range(n_steps):
            act(policy, trajectory, t, action_stream)
            trajectory.rewards[t] = trajectory.actions[t] == good
        paid.append(trajectory.rewards.mean())

    return play, lambda: float(100 * paid[-1])


SETTINGS = PPOSettings(learning_rate=3e-3, minibatch=64, discount=0.0)
RECIPE = Recipe(
    shape=Shape(n_players=2, n_actions=3, n_symbols=2, view=(3, 3), action_dim=1),
    stages=(
        Stage("one", ((0.0,),), updates=8, games=2, settings=SETTINGS),
        Stage("both", ((0.0,), (1.0,)), updates=16, games=2, settings=SETTINGS),
    ),
    mixture=(0.5, 0.25),
    feature_scale=2.0,
    n_steps=40,
    ground=np.zeros((1, 9), dtype=np.uint8),
    make_play=make_play,
)


def test_followers_learn_what_each_stage_pays():
    lines = []
    pretrain(RECIPE, 0, "cpu", lines.append)
    assert [line.split(":")[0] for line in lines] == [
        "stage one, action [0.0]",
        "stage both, action [0.0]",
        "stage both, action [1.0]",
    ]
    first, last = (int(lines[0].split()[-2]), int(lines[0].split()[-1]))
    assert last > first
    assert [int(line.split()[-1]) > 80 for line in lines[1:]] == [True, True]


def test_the_command_writes_the_weights(tmp_path):
    path = tmp_path / "followers.safetensors"
    command = pretrain_command(RECIPE, "some.module", path)
    result = CliRunner().invoke(command, ["--seed", "3"])
    assert result.exit_code == 0, result.output
    written, again, other = load_weights(path), pretrain(RECIPE, 3, "cpu"), pretrain(RECIPE, 4, "cpu")
    assert load_notes(path) == {"made by": "python -m some.module --seed 3"}
    assert all(np.array_equal(ours, theirs) for ours, theirs in zip(written.core, again.core, strict=True))
    assert np.array_equal(written.heads, again.heads)
    assert not np.array_equal(written.heads, other.heads)
    assert written.heads.shape == (4, 128 + 2 + 1 + 1)
