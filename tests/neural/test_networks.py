"""First weights, devices, and states of networks and Adam."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

from policybench import InputError
from policybench.neural.device import checked_device
from policybench.neural.initial import torch_generator, unset_linear
from policybench.neural.state import adam_state, load_adam_state, load_network_state, network_state
from policybench.store import checkpoint


def _network(seed):
    """Two layers, the second of which never learns, and Adam."""
    generator = torch_generator(np.random.default_rng(seed))
    network = nn.Sequential(unset_linear(3, 4), unset_linear(4, 1))
    for parameter in network.parameters():
        nn.init.uniform_(parameter, -1, 1, generator=generator)
    network[1].requires_grad_(False)
    return network, torch.optim.Adam(network.parameters(), lr=0.1)


def _learn(network, optimizer, steps):
    for step in range(steps):
        optimizer.zero_grad()
        network(torch.full((3,), 1.0 + step)).square().sum().backward()
        optimizer.step()


@pytest.mark.parametrize("steps", [0, 3])
def test_what_a_checkpoint_keeps_learns_on_in_the_same_way(steps):
    network, optimizer = _network(1)
    _learn(network, optimizer, steps)
    kept = checkpoint.encode([network_state(network), adam_state(optimizer)])
    others = _network(2)
    _learn(*others, 5)
    weights, moments = checkpoint.decode(kept)
    load_network_state(others[0], weights)
    load_adam_state(others[1], moments)
    for one, optimizer_of_one in ((network, optimizer), others):
        _learn(one, optimizer_of_one, 4)
    now = [checkpoint.encode([network_state(one), adam_state(its)]) for one, its in ((network, optimizer), others)]
    assert now[0] == now[1] != kept


def test_a_state_is_a_copy():
    network, optimizer = _network(1)
    _learn(network, optimizer, 1)
    state = [network_state(network), adam_state(optimizer)]
    kept = checkpoint.encode(state)
    _learn(network, optimizer, 1)
    assert checkpoint.encode(state) == kept


def test_the_stream_alone_decides_first_weights():
    def weights(seed, disturbance):
        torch.manual_seed(disturbance)
        return network_state(_network(seed)[0])["0.weight"]

    np.testing.assert_array_equal(weights(1, 1), weights(1, 2))
    assert (weights(1, 1) != weights(2, 1)).all()
    # Making a layer takes nothing from torch's global stream either.
    torch.manual_seed(3)
    before = torch.get_rng_state()
    unset_linear(3, 4)
    assert torch.equal(torch.get_rng_state(), before)


def test_devices_that_cannot_be_used_are_refused_in_one_line():
    with pytest.raises(InputError, match=r"^-p device=abacus: torch cannot use it here \(.*\); cpu always works$"):
        checked_device("abacus")
    with pytest.raises(InputError, match=r"^-e device=cuda:9999: torch cannot use it here"):
        checked_device("cuda:9999", "-e device=cuda:9999")


def test_options_are_announced_without_anything_heavy():
    code = (
        "import sys, policybench.neural.options;"
        "sys.exit(any(name in sys.modules for name in ('numpy', 'torch', 'gymnasium')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
