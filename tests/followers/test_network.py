"""What followers compute: against the torch twin, row by row, and in frequencies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policybench import InputError
from policybench.followers.core import Core, quantise
from policybench.followers.encoder import FEATURES, encode, make_encoder
from policybench.followers.network import act, make_policy, set_offsets
from policybench.followers.softmax import exp_negative, sample, sample_column, softmax_columns, softmax_rows
from policybench.followers.trajectory import make_trajectory
from policybench.followers.weights import Weights, load_notes, load_weights, save_weights
from policybench.streams import kernel_stream

torch = pytest.importorskip("torch")
from policybench.followers.pretraining import FollowerNetwork, Shape  # noqa: E402

ROUNDED = 4e-3
"""What rounding the core to integers may change in features of this network, which reach 3."""

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
    np.testing.assert_allclose(trajectory.features.reshape(60, -1), features, atol=ROUNDED)
    np.testing.assert_allclose(trajectory.values.ravel(), values, atol=ROUNDED)
    chosen = np.take_along_axis(probabilities, trajectory.actions.reshape(60, 1).astype(int), 1)
    np.testing.assert_allclose(trajectory.probabilities.reshape(60, 1), chosen, rtol=10 * ROUNDED)


def test_views_of_floor_have_only_biases(network):
    policy, trajectory = make(network)
    trajectory.views[:] = 0
    act(policy, trajectory, 0, kernel_stream(0, 0, "test"))
    core = network.core()
    hidden = np.maximum(core.embedding_bias, 0)
    expected = np.maximum(hidden @ core.dense + core.dense_bias, 0)
    np.testing.assert_allclose(trajectory.features[0, 0], expected, atol=ROUNDED)


def test_features_do_not_depend_on_neighbours(network):
    policy, trajectory = make(network)
    views, poses = trajectory.views.reshape(-1, 42), trajectory.poses.ravel()
    together = np.zeros((len(views), FEATURES), dtype=np.float32)
    encode(policy.encoder, views, poses, together, 0, len(views))
    for n in reversed(range(len(views))):
        alone = np.zeros((1, FEATURES), dtype=np.float32)
        encode(policy.encoder, views[n : n + 1], poses[n : n + 1], alone, 0, 1)
        assert alone.tobytes() == together[n].tobytes()


def test_features_do_not_depend_on_the_ground_that_is_supposed(network):
    policy, trajectory = make(network)
    views, poses = trajectory.views.reshape(-1, 42), trajectory.poses.ravel()
    plain = make_encoder(network.core(), np.zeros((1, 42), dtype=np.uint8))
    found, expected = (np.zeros((len(views), FEATURES), dtype=np.float32) for _ in range(2))
    encode(policy.encoder, views, poses, found, 0, len(views))
    encode(plain, views, np.zeros_like(poses), expected, 0, len(views))
    np.testing.assert_array_equal(found, expected)


def test_actions_have_the_stated_frequencies():
    probabilities = np.array([0.5, 0.0, 0.3, 0.2], dtype=np.float32)
    table = np.stack([np.roll(probabilities, 1), probabilities], axis=1)
    stream = kernel_stream(0, 0, "test")
    of_column = [sample_column(table, 1, stream) for _ in range(20_000)]
    of_row = [sample(probabilities, stream) for _ in range(20_000)]
    for counts in (np.bincount(drawn, minlength=4) for drawn in (of_column, of_row)):
        assert counts[1] == 0
        assert np.abs(counts / 20_000 - probabilities).max() < 0.015  # four standard deviations


@given(st.floats(-87, 0, width=32))
def test_exponential(x):
    assert exp_negative(np.float32(x)) == pytest.approx(np.exp(x), rel=3e-7)


def test_softmax_of_extreme_logits():
    logits = np.array([[0, 0, 0], [1000, 0, -1000], [-1000, -1000, -1001]], dtype=np.float32)
    columns, totals = np.empty_like(logits), np.empty(3, dtype=np.float32)
    softmax_columns(logits.T.copy(), columns, totals)
    probabilities = columns.T
    expected = torch.softmax(torch.from_numpy(logits), 1).numpy()
    np.testing.assert_allclose(probabilities, expected, atol=1e-7)
    rows = np.empty_like(logits)
    softmax_rows(logits, rows)
    np.testing.assert_allclose(rows, expected, atol=1e-7)


@pytest.mark.parametrize("n_cells", [9, 31, 32, 33, 64, 121])
def test_features_are_those_of_the_rounded_core_exactly(n_cells):
    """Views of all sizes, with few and many changes, against the same integers added up by numpy."""
    rng = np.random.default_rng(n_cells)
    core = Core(
        *(rng.normal(0, 1, shape).astype(np.float32) for shape in ((n_cells * 5, 128), 128, (128, 128), 128))
    )
    ground = rng.integers(5, size=(3, n_cells), dtype=np.uint8)
    poses = rng.integers(3, size=11).astype(np.int32)
    views = ground[poses]
    changed = rng.random(views.shape) < rng.random((11, 1))
    views[changed] = rng.integers(5, size=changed.sum())
    found = np.zeros((11, FEATURES), dtype=np.float32)
    encode(make_encoder(core, ground), views, poses, found, 0, 11)

    rounded = quantise(core, n_cells)
    table = rounded.embedding.astype(np.int64)
    hidden = table[np.arange(n_cells), views].sum(axis=1) + rounded.embedding_bias
    totals = np.maximum(hidden, 0) @ rounded.dense.astype(np.int64) + rounded.dense_bias
    assert np.abs(hidden).max() < 2**15
    assert np.abs(totals).max() < 2**31
    np.testing.assert_array_equal(found, np.maximum(totals, 0).astype(np.float32) * rounded.dense_scale)


@given(st.integers(0, 2**32), st.integers(1, 200), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_no_view_can_overflow_the_rounded_core(seed, n_cells, embedding_scale, dense_scale):
    """The views that raise a unit most and least, and the inputs that do so to the second layer."""
    rng = np.random.default_rng(seed)
    embedding, bias = rng.normal(size=(n_cells * 3, 128)), rng.normal(size=128)
    dense, dense_bias = rng.normal(size=(128, 128)), rng.normal(size=128)
    core = Core(embedding * embedding_scale, bias * embedding_scale, dense * dense_scale, dense_bias * dense_scale)
    rounded = quantise(Core(*(part.astype(np.float32) for part in core)), n_cells)
    table, first = rounded.embedding.astype(np.int64), rounded.embedding_bias.astype(np.int64)
    highest, lowest = (first + extreme(axis=1).sum(axis=0) for extreme in (table.max, table.min))
    assert highest.max() < 2**15
    assert lowest.min() >= -(2**15)
    weights, inputs = rounded.dense.astype(np.int64), np.maximum(highest, 0)
    assert (inputs @ np.maximum(weights, 0) + np.maximum(rounded.dense_bias, 0)).max() < 2**31
    assert (inputs @ np.minimum(weights, 0) + np.minimum(rounded.dense_bias, 0)).min() >= -(2**31)


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
