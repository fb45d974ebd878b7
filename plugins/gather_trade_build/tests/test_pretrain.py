"""Pre-training: the torch network is the compiled one's twin, and a short training repeats itself."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from policybench.streams import kernel_stream  # noqa: E402
from policybench_gather_trade_build import pretrain  # noqa: E402
from policybench_gather_trade_build.core import N_SMOOTH, load_followers  # noqa: E402
from policybench_gather_trade_build.episode import make_record, play_episode  # noqa: E402
from policybench_gather_trade_build.game import make_games  # noqa: E402
from policybench_gather_trade_build.network import TraderNetwork  # noqa: E402
from policybench_gather_trade_build.options import N_OPTIONS  # noqa: E402
from policybench_gather_trade_build.paths import make_paths  # noqa: E402
from policybench_gather_trade_build.rules import make_rules  # noqa: E402
from policybench_gather_trade_build.senses import N_SENSES  # noqa: E402

STAGES = tuple(stage._replace(updates=1, games=1) for stage in pretrain.STAGES)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A network, and an episode that its weights have played."""
    torch.manual_seed(3)
    network, path = TraderNetwork(), tmp_path_factory.mktemp("weights") / "random.safetensors"
    pretrain.save(network, path, 3)
    core, followers = load_followers(path, 200)
    followers.restart(np.full(7, 0.3))
    rules, record = make_rules(), make_record(200, N_SENSES)
    streams = [kernel_stream(0, 0, role) for role in ("game", "actions")]
    play_episode(
        rules,
        make_games(rules, 1),
        make_paths(rules),
        record,
        core,
        followers.policy,
        followers.trajectory,
        *streams,
    )
    return network, record, followers.trajectory


def test_torch_and_kernels_agree(played):
    network, record, trajectory = played
    closed = trajectory.features[..., N_SMOOTH:].reshape(-1, N_OPTIONS)
    with torch.no_grad():
        logits, values = network(torch.tensor(record.senses.reshape(-1, N_SENSES)), torch.tensor(closed))
    probabilities = torch.softmax(logits, 1).numpy()[np.arange(len(closed)), trajectory.actions.ravel()]
    np.testing.assert_allclose(trajectory.probabilities.ravel(), probabilities, atol=1e-6)
    np.testing.assert_allclose(trajectory.values.ravel(), values.numpy(), atol=1e-5)


def test_closed_options_are_not_chosen(played):
    _, _, trajectory = played
    closed = trajectory.features[..., N_SMOOTH:].reshape(-1, N_OPTIONS)
    assert closed.any()
    assert not closed[np.arange(len(closed)), trajectory.actions.ravel()].any()


def test_senses_are_of_moderate_size(played):
    _, record, _ = played
    assert np.abs(record.senses).max() < 4


def test_a_short_training_repeats_itself(tmp_path):
    files = [tmp_path / name for name in ("one", "two", "three")]
    for file, seed in zip(files, (1, 1, 2), strict=True):
        pretrain.pretrain(seed, file, stages=STAGES)
    one, two, three = (file.read_bytes() for file in files)
    assert one == two
    assert one != three


def test_games_meet_high_taxes_too():
    rng = np.random.default_rng(0)
    drawn = np.array([pretrain.draw_rates(rng) for _ in range(3000)])
    assert ((drawn >= 0) & (drawn <= 1)).all()
    flat = np.ptp(drawn, axis=1) == 0
    assert abs(flat.mean() - pretrain.FLAT_SHARE) < 0.05
    assert abs(drawn[flat].mean() - 0.5) < 0.05
    assert abs(drawn[~flat].mean() - 0.25) < 0.05
