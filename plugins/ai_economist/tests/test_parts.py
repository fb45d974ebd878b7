"""The network and the PPO update, each against its definition."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from policybench.plugins import registry
from policybench_ai_economist import ppo
from policybench_ai_economist.network import PolicyNetwork

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
