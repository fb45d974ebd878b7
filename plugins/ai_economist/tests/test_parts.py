"""Encoding of observations and the PPO update, each against its definition."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from gymnasium import spaces

from policybench import Description, InputError, Problem
from policybench.plugins import registry
from policybench_ai_economist import ppo
from policybench_ai_economist.network import PolicyNetwork
from policybench_ai_economist.observation import Encoder


def _problem(observation, context=None):
    return Problem(
        action_space=spaces.Box(0, 1, (2,), np.float64),
        observation_space=spaces.Dict(observation),
        context_space=context,
        steps=1,
        grid_levels={"fine": 3},
        description=Description(story="", action=("", ""), payoff=""),
    )


def _encoder(observation, context=None, observe=True, unbounded="omit", max_inputs=1024):
    return Encoder(_problem(observation, context), observe=observe, unbounded=unbounded, max_inputs=max_inputs)


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
    encoder = _encoder(space)
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
    assert _encoder({}).size == 1


def test_what_cannot_be_a_vector_is_refused_unless_it_is_not_looked_at():
    space = {"net": spaces.Graph(spaces.Box(0, 1, (1,)), None)}
    with pytest.raises(InputError, match=r"-p observe=true: .* 'net' .*; allowed is observe=false"):
        _encoder(space)
    assert _encoder(space, observe=False).size == 1


@pytest.mark.parametrize("name", ["harvest", "cleanup", "cer", "escape-room"])
def test_every_installed_environment_can_be_observed(name):
    if name not in registry().environments:
        pytest.skip(f"{name} is not installed")
    problem = registry().environment(name).spec.create([0]).problem
    encoder = Encoder(problem, observe=True, unbounded="omit", max_inputs=1024)
    context = None if problem.context_space is None else problem.context_space.sample()
    inputs = encoder.with_context(encoder.observed(problem.observation_space.sample()), context)
    assert inputs.shape == (encoder.size,)
    assert np.abs(inputs).max() <= 1
    assert np.isfinite(inputs).all()


_SETTINGS = ppo.Settings(
    learning_rate=0.01, epochs=1, clip=0.2, entropy=0.0, value_weight=0.5, value_clip=0.2, gradient_norm=0.0
)


def _network(seed=0):
    return PolicyNetwork(4, 8, 2, 3, torch.Generator().manual_seed(seed))


def _updated(payoff, **settings):
    """Probabilities of the choices (0, 2), value and entropy, before and after an update on them."""
    network, inputs, choices = _network(), torch.ones(4), torch.tensor([0, 2])
    settings = ppo.Settings(**(vars(_SETTINGS) | settings))

    def look():
        with torch.no_grad():
            logs, value = network(inputs)
        chosen = logs.gather(1, choices[:, None]).sum().exp()
        return float(chosen), float(value), float(-(logs.exp() * logs).sum())

    before = look()
    ppo.update(network, ppo.make_optimizer(network, settings), inputs, choices, payoff, settings)
    return before, look()


def test_heads_begin_nearly_uniform_with_orthogonal_weights():
    network = _network()
    logs, _ = network(torch.ones(4))
    assert logs.shape == (2, 3)
    np.testing.assert_allclose(logs.exp().detach(), 1 / 3, atol=0.02)
    np.testing.assert_allclose(
        (network.second.weight @ network.second.weight.T).detach(), 2 * np.eye(8), atol=1e-5
    )


def test_a_payoff_above_the_value_makes_its_choices_likelier_and_one_below_rarer():
    for payoff in (50.0, -50.0):
        before, after = _updated(payoff)
        assert (after[0] - before[0]) * payoff > 0
        assert (after[1] - before[1]) * payoff > 0


def test_ratio_and_value_stop_at_their_clips():
    # Adam's momentum carries them a little further than the step at which their gradients vanish.
    before, after = _updated(50.0, epochs=200, learning_rate=1e-3)
    assert after[0] / before[0] < 2
    assert after[1] - before[1] < 1
    free = _updated(50.0, epochs=200, learning_rate=1e-3, clip=1e9, value_clip=0.0)[1]
    assert free[0] > 0.9
    assert free[1] - before[1] > 2


def test_the_entropy_bonus_flattens_the_policy():
    # Weighed by nothing else: the payoff equals the value.
    value = _updated(0.0)[0][1]
    network = _network()
    with torch.no_grad():
        network.heads[0].bias[:] = torch.tensor([2.0, 0.0, -2.0])
    settings = ppo.Settings(**(vars(_SETTINGS) | {"entropy": 1.0, "epochs": 50}))
    inputs, choices = torch.ones(4), torch.tensor([0, 0])
    before = network(inputs)[0].exp()[0].max()
    ppo.update(network, ppo.make_optimizer(network, settings), inputs, choices, value, settings)
    assert network(inputs)[0].exp()[0].max() < before - 0.1


def test_value_loss_is_half_the_larger_squared_error():
    value, old = torch.tensor(3.0), torch.tensor(1.0)
    assert float(ppo.value_loss(value, old, 5.0, 0.0)) == 2.0
    assert float(ppo.value_loss(value, old, 5.0, 0.5)) == pytest.approx(3.5**2 / 2)


def test_the_readme_documents_every_option_with_its_default():
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    section = readme.split("## Options")[1].split("\n##")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    spec = registry().principal("ai-economist").spec
    assert [row.split("`")[1] for row in rows] == [option.name for option in spec.options]
    for row, option in zip(rows, spec.options, strict=True):
        if option.default is not None:
            default = row.split("|")[2].strip()
            assert default in (str(option.default).lower(), f"{option.default:g}" if option.type is float else "")


def test_announcing_imports_nothing_heavy():
    code = (
        "import sys, policybench_ai_economist as plugin; assert len(list(plugin.policybench_principals())) == 1;"
        "sys.exit(any(name in sys.modules for name in ('numpy', 'torch', 'gymnasium')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
