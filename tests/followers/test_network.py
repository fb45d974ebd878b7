"""What followers compute: against the torch twin, row by row, and in frequencies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybench import InputError
from policybench.followers.encoder import encode, make_encoder
from policybench.followers.linear import BLOCK, FEATURES, LANES, add_products, dot_rows, pad_rows
from policybench.followers.network import act, make_policy, set_offsets
from policybench.followers.softmax import exp_negative, sample, softmax_rows
from policybench.followers.trajectory import make_trajectory
from policybench.followers.weights import Weights, load_notes, load_weights, save_weights
from policybench.streams import kernel_stream

torch = pytest.importorskip("torch")
from policybench.followers.pretraining import FollowerNetwork, Shape  # noqa: E402

SHAPE = Shape(n_players=3, n_actions=5, n_symbols=4, view=(6, 7), action_dim=2)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    network = FollowerNetwork(SHAPE, n_tasks=2)
    with torch.no_grad():
        network.embedding.bias.normal_()
        network.dense.bias.normal_()
        network.actors.weight.mul_(100)
    return network


def make(network, n_steps=20):
    rng = np.random.default_rng(1)
    ground = rng.integers(SHAPE.n_symbols, size=(5, 42), dtype=np.uint8)
    policy = make_policy(make_encoder(network.core(), ground), network.heads(1), SHAPE.n_players)
    policy.action[:] = [0.5, 2.0]
    set_offsets(policy.heads, policy.action, policy.offsets)
    trajectory = make_trajectory(n_steps, SHAPE.n_players, SHAPE.view)
    trajectory.poses[:] = rng.integers(len(ground), size=trajectory.poses.shape)
    trajectory.views[:] = ground[trajectory.poses].reshape(trajectory.views.shape)
    hidden = rng.random(trajectory.views.shape) < 0.3
    trajectory.views[hidden] = rng.integers(SHAPE.n_symbols, size=hidden.sum())
    return policy, trajectory


def test_act_equals_torch_twin(network):
    policy, trajectory = make(network)
    stream = kernel_stream(0, 0, "test")
    for t in range(20):
        act(policy, trajectory, t, stream)

    views = torch.from_numpy(trajectory.views.reshape(60, 42))
    with torch.no_grad():
        features = network.features(views).numpy()
        logits, values = network(
            views,
            torch.arange(3).repeat(20),
            torch.tensor([[0.5, 2.0]]).repeat(60, 1),
            torch.ones(60, dtype=torch.int64),
        )
        probabilities = torch.softmax(logits, 1).numpy()
    assert (features == 0).any()
    np.testing.assert_allclose(trajectory.features.reshape(60, -1), features, atol=2e-5)
    np.testing.assert_allclose(trajectory.values.ravel(), values, atol=2e-5)
    chosen = np.take_along_axis(probabilities, trajectory.actions.reshape(60, 1).astype(int), 1)
    np.testing.assert_allclose(trajectory.probabilities.reshape(60, 1), chosen, rtol=1e-4)


def test_views_of_floor_have_only_biases(network):
    policy, trajectory = make(network)
    trajectory.views[:] = 0
    act(policy, trajectory, 0, kernel_stream(0, 0, "test"))
    core = network.core()
    hidden = np.maximum(core.embedding_bias, 0)
    expected = np.maximum(hidden @ core.dense + core.dense_bias, 0)
    np.testing.assert_allclose(trajectory.features[0, 0], expected, atol=1e-5)


def test_features_do_not_depend_on_neighbours(network):
    policy, trajectory = make(network)
    views, poses = trajectory.views.reshape(-1, 42), trajectory.poses.ravel()
    together = np.zeros((len(views), FEATURES), dtype=np.float32)
    encode(policy.encoder, views, poses, together)
    for n in reversed(range(len(views))):
        alone = np.zeros((1, FEATURES), dtype=np.float32)
        encode(policy.encoder, views[n : n + 1], poses[n : n + 1], alone)
        assert alone.tobytes() == together[n].tobytes()


def test_features_do_not_depend_on_the_ground_that_is_supposed(network):
    policy, trajectory = make(network)
    views, poses = trajectory.views.reshape(-1, 42), trajectory.poses.ravel()
    plain = make_encoder(network.core(), np.zeros((1, 42), dtype=np.uint8))
    found, expected = (np.zeros((len(views), FEATURES), dtype=np.float32) for _ in range(2))
    encode(policy.encoder, views, poses, found)
    encode(plain, views, np.zeros_like(poses), expected)
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_actions_have_the_stated_frequencies():
    probabilities = np.array([0.5, 0.0, 0.3, 0.2], dtype=np.float32)
    stream = kernel_stream(0, 0, "test")
    counts = np.bincount([sample(probabilities, stream) for _ in range(20_000)], minlength=4)
    assert counts[1] == 0
    assert np.abs(counts / 20_000 - probabilities).max() < 0.015  # four standard deviations


@given(st.floats(-87, 0, width=32))
def test_exponential(x):
    assert exp_negative(np.float32(x)) == pytest.approx(np.exp(x), rel=3e-7)


def test_softmax_of_extreme_logits():
    logits = np.array([[0, 0, 0], [1000, 0, -1000], [-1000, -1000, -1001]], dtype=np.float32)
    probabilities = np.empty_like(logits)
    softmax_rows(logits, probabilities)
    expected = torch.softmax(torch.from_numpy(logits), 1).numpy()
    np.testing.assert_allclose(probabilities, expected, atol=1e-7)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 30])
def test_products_with_padded_rows(count):
    rng = np.random.default_rng(count)
    table = rng.normal(size=(50, FEATURES)).astype(np.float32)
    rows = rng.integers(50, size=40)
    scales = rng.normal(size=(3, 40)).astype(np.float32)
    expected = scales[:, :count] @ table[rows[:count]]
    padded = pad_rows(rows, scales, count)
    assert padded % BLOCK == 0
    totals = np.zeros((3, FEATURES), dtype=np.float32)
    add_products(scales[:, :padded], table, rows[:padded], totals)
    np.testing.assert_allclose(totals, expected, atol=1e-5)


def test_dot_rows():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(6, FEATURES + 3)).astype(np.float32)
    vector = rng.normal(size=FEATURES).astype(np.float32)
    result = np.zeros(6, dtype=np.float32)
    dot_rows(matrix, vector, np.zeros((6, LANES), dtype=np.float32), result)
    np.testing.assert_allclose(result, matrix[:, :FEATURES] @ vector, atol=1e-5)


def test_weights_survive_the_disk(network, tmp_path):
    weights = Weights(network.core(), network.heads(0))
    save_weights(tmp_path / "weights.safetensors", weights, {"seed": "3"})
    loaded = load_weights(tmp_path / "weights.safetensors")
    assert load_notes(tmp_path / "weights.safetensors") == {"seed": "3"}
    for saved, read in zip((*weights.core, weights.heads), (*loaded.core, loaded.heads), strict=True):
        np.testing.assert_array_equal(saved, read)
    assert isinstance(loaded, Weights)


@pytest.mark.parametrize("content", [None, b"no safetensors"])
def test_files_without_weights(tmp_path, content):
    path = tmp_path / "weights.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        InputError, match=r"weights .*weights\.safetensors.*expected a file written by pre-training"
    ):
        load_weights(path)
