"""The weights that are shipped, and how they are made, in small."""

import numpy as np
import pytest

from policybench.followers.weights import load_notes, load_weights
from policybench_harvest.environment import WEIGHTS

torch = pytest.importorskip("torch")
from policybench.followers.recipe import pretrain  # noqa: E402
from policybench_harvest.pretrain import RECIPE  # noqa: E402

SHORT = RECIPE._replace(n_steps=40, stages=tuple(stage._replace(updates=2, games=3) for stage in RECIPE.stages))


@pytest.fixture(scope="module")
def weights():
    return pretrain(SHORT, 5, "cpu")


def test_weights_have_the_shapes_of_those_shipped(weights):
    shipped = load_weights(WEIGHTS)
    assert [part.shape for part in weights.core] == [part.shape for part in shipped.core]
    assert weights.heads.shape == shipped.heads.shape
    assert "policybench_harvest.pretrain --seed" in load_notes(WEIGHTS)["made by"]


def test_every_core_starts_with_the_same_critic_of_unit_length(weights):
    def critic(some):
        vector = some.heads[-1].copy()
        vector[:128] *= RECIPE.feature_scale
        return vector

    np.testing.assert_allclose(critic(weights), critic(load_weights(WEIGHTS)), atol=1e-6)
    assert np.linalg.norm(critic(weights)) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("task", range(3))
def test_all_tasks_are_in_the_starting_actor(weights, task):
    mixture = tuple(0.0 if other == task else weight for other, weight in enumerate(RECIPE.mixture))
    without = pretrain(SHORT._replace(mixture=mixture), 5, "cpu")
    np.testing.assert_array_equal(without.core.dense, weights.core.dense)
    np.testing.assert_array_equal(without.heads[-1], weights.heads[-1])
    assert not np.allclose(without.heads[:-1], weights.heads[:-1])
