"""Observations and contexts as vectors, against the rules that the encoder states."""

import numpy as np
import pytest
from gymnasium import spaces

from policybench import Description, Dimension, InputError, Problem
from policybench.neural.encoder import Encoder
from policybench.plugins import registry


def _problem(observation, context):
    return Problem(
        action_space=spaces.Box(0, 1, (2,), np.float64),
        observation_space=spaces.Dict(observation),
        context_space=context,
        steps=1,
        fine_levels=3,
        coarse_levels=3,
        description=Description(story="", action=(Dimension("x", ""),) * 2, payoff=""),
    )


def _encoder(observation, context=None, observe=True, **options):
    return Encoder(_problem(observation, context), observe=observe, **options)


def test_bounded_numbers_are_divided_by_their_largest_magnitude():
    encoder = _encoder({"a": spaces.Box(-7, 128, (2,)), "b": spaces.Box(0, 0, (1,))})
    np.testing.assert_allclose(encoder.observed({"a": [64, -7], "b": [0]}), [0.5, -7 / 128, 0])


def test_numbers_without_bounds_are_omitted_or_compressed():
    space = {"free": spaces.Box(-np.inf, np.inf, (2,)), "n": spaces.Box(0, 2, (1,))}
    seen = {"free": np.array([-np.e + 1, 0]), "n": np.array([1])}
    np.testing.assert_allclose(_encoder(space).observed(seen), [0.5])
    np.testing.assert_allclose(
        _encoder(space, unbounded="symlog").observed(seen), [-np.log(np.e), 0, 0.5], atol=1e-6
    )


def test_categories_and_contexts_become_one_hot():
    encoder = _encoder({"which": spaces.Discrete(3), "on": spaces.MultiBinary(2)}, context=spaces.Discrete(2))
    seen = encoder.observed({"which": 2, "on": np.array([1, 0])})
    assert sorted(seen.tolist()) == sorted([0, 0, 1, 1, 0])
    np.testing.assert_array_equal(encoder.with_context(seen, 1)[-2:], [0, 1])
    assert encoder.size == 7


def test_long_series_are_thinned_and_short_ones_kept():
    space = {"a": spaces.Box(0, 1, (1000,)), "b": spaces.Box(0, 1, (1000,)), "c": spaces.Box(0, 1, (3,))}
    assert _encoder(space).size == 2003
    encoder = _encoder(space, max_inputs=1024)
    assert encoder.size == 500 + 500 + 3
    series = np.linspace(0, 1, 1000)
    seen = encoder.observed({"a": series, "b": 1 - series, "c": np.ones(3)})
    np.testing.assert_allclose(seen, np.concatenate([series[::2], 1 - series[::2], np.ones(3)]), atol=1e-6)
    assert _encoder(space, max_inputs=3).size == 3
    with pytest.raises(InputError, match="max_inputs=2: the observation has 3 entries"):
        _encoder(space, max_inputs=2)


def test_before_the_first_outcome_and_without_observation_there_are_ones():
    space = {"a": spaces.Box(0, 5, (4,))}
    np.testing.assert_array_equal(_encoder(space).blank(), np.ones(4))
    np.testing.assert_array_equal(_encoder(space, observe=False).observed({"a": np.zeros(4)}), np.ones(4))


def test_where_nothing_can_be_seen_there_is_a_constant():
    for space in ({}, {"free": spaces.Box(-np.inf, np.inf, (2,))}):
        encoder = _encoder(space)
        assert encoder.size == 1
        seen = encoder.observed({name: np.full(2, 7.0) for name in space})
        np.testing.assert_array_equal(encoder.with_context(seen, None), [1])
    beside = _encoder({}, context=spaces.MultiBinary(2))
    np.testing.assert_array_equal(beside.with_context(beside.observed({}), np.array([0, 1])), [1, 0, 1])


def test_contexts_without_bounds_are_compressed():
    encoder = _encoder({}, context=spaces.Box(-np.inf, np.inf, (2,), np.float64))
    inputs = encoder.with_context(encoder.blank(), np.array([np.e - 1, -1e9]))
    np.testing.assert_allclose(inputs, [1, 1, -np.log(1 + 1e9)], rtol=1e-6)


def test_what_cannot_be_a_vector_is_refused_unless_it_is_not_looked_at():
    space = {"net": spaces.Graph(spaces.Box(0, 1, (1,)), None)}
    with pytest.raises(InputError, match=r"-p observe=true: .* 'net' .*; allowed is observe=false"):
        _encoder(space)
    assert _encoder(space, observe=False).size == 1
    with pytest.raises(
        InputError, match=r"^the environment's context has the context in .*cannot be made a vector$"
    ):
        _encoder({}, context=space["net"], observe=False)


@pytest.mark.parametrize("name", ["harvest", "cleanup", "cer", "escape-room"])
def test_every_installed_environment_can_be_observed(name):
    if name not in registry().environments:
        pytest.skip(f"{name} is not installed")
    problem = registry().environment(name).spec.create([0]).problem
    encoder = Encoder(problem, observe=True)
    context = None if problem.context_space is None else problem.context_space.sample()
    inputs = encoder.with_context(encoder.observed(problem.observation_space.sample()), context)
    assert inputs.shape == (encoder.size,)
    assert np.abs(inputs).max() <= 1
    assert np.isfinite(inputs).all()
