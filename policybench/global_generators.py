"""The global random generators of Python, NumPy and PyTorch, held still while a plugin is at work."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def fixed_chance(seed: int) -> Iterator[None]:
    """Seed the global generators, and give them their old states back afterwards.

    So a plugin that draws from them fails the check that is about them, with a change of ``seed``, and no other.
    PyTorch's, that of the CPU, is seeded if PyTorch has been imported.
    """
    states = random.getstate(), np.random.get_state()
    torch = sys.modules.get("torch")
    generator = torch.default_generator if torch else None
    torch_state = generator.get_state() if generator else None
    random.seed(seed)
    np.random.seed(seed)
    if generator:
        generator.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        if generator:
            generator.set_state(torch_state)


def global_states() -> tuple[Any, Any]:
    """The states of the global random generators of Python and NumPy."""
    return random.getstate(), np.random.get_state(legacy=False)


def used_since(before: tuple[Any, Any]) -> str:
    """Whose generator was used or seeded since ``global_states``: "Python", "NumPy", or nobody's, ""."""
    now = global_states()
    if now[0] != before[0]:
        return "Python"
    state, old = now[1]["state"], before[1]["state"]
    same = state["pos"] == old["pos"] and np.array_equal(state["key"], old["key"])
    return "" if same and now[1]["has_gauss"] == before[1]["has_gauss"] else "NumPy"
