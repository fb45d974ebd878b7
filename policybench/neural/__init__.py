"""What principals with networks share; any plugin may use it, with the extra ``policybench[neural]`` for torch.

``encoder`` makes a vector of observation and context, ``options`` declares the options that go with it, ``device``
says where torch computes, ``initial`` draws first weights from a principal's own stream, and ``state`` makes plain
data of networks and Adam. Only ``device``, ``initial`` and ``state`` import torch. ``policybench.threads`` keeps
small networks from spreading over the cores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policybench.lazy import lazy_names

if TYPE_CHECKING:
    from policybench.neural.device import checked_device
    from policybench.neural.encoder import Encoder, Inputs
    from policybench.neural.initial import torch_generator, unset_linear
    from policybench.neural.options import DEVICE, MAX_INPUTS, OBSERVE, UNBOUNDED
    from policybench.neural.state import adam_state, load_adam_state, load_network_state, network_state, to_array

__all__ = [
    "DEVICE",
    "MAX_INPUTS",
    "OBSERVE",
    "UNBOUNDED",
    "Encoder",
    "Inputs",
    "adam_state",
    "checked_device",
    "load_adam_state",
    "load_network_state",
    "network_state",
    "to_array",
    "torch_generator",
    "unset_linear",
]

__getattr__ = lazy_names(
    __name__,
    {
        "device": ("checked_device",),
        "encoder": (
            "Encoder",
            "Inputs",
        ),
        "initial": (
            "torch_generator",
            "unset_linear",
        ),
        "options": (
            "DEVICE",
            "MAX_INPUTS",
            "OBSERVE",
            "UNBOUNDED",
        ),
        "state": (
            "adam_state",
            "load_adam_state",
            "load_network_state",
            "network_state",
            "to_array",
        ),
    },
)
