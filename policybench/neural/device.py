"""Where torch computes."""

from __future__ import annotations

import torch

from policybench.errors import InputError


def checked_device(name: str, given: str | None = None) -> torch.device:
    """The device of that name, on which torch has computed something.

    Args:
        name: such as ``cpu``, ``cuda``, ``cuda:1`` or ``mps``.
        given: how the user gave it, for the message; by default as a principal's option.

    Raises:
        InputError: torch does not know it, or cannot use it on this machine.

    >>> checked_device("cpu")
    device(type='cpu')
    """
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"{given or f'-p device={name}'}: torch cannot use it here ({reason}); cpu always works"
        ) from None
    return device
