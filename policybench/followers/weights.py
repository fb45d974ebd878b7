"""Weights on disk: safetensors files of float32 tensors, with a note on how they were made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from policybench.errors import InputError
from policybench.followers.core import Core


class Weights(NamedTuple):
    """What every principal step starts from.

    Attributes:
        core: stays as it is.
        heads: [n_actions + 1, n_inputs] float32, actor and critic before the first training episode.
    """

    core: Core
    heads: NDArray[np.float32]


def save_weights(path: Path, weights: Weights, notes: Mapping[str, str]) -> None:
    """Write weights and notes (how they were made) to a file."""
    save_file({**weights.core._asdict(), "heads": weights.heads}, path, metadata=dict(notes))


def load_weights(path: Path) -> Weights:
    """The core and the starting heads in a file of weights; raises ``InputError`` if the file holds none."""
    try:
        with safe_open(path, framework="numpy") as file:
            core = Core(*(np.array(file.get_tensor(name), dtype=np.float32) for name in Core._fields))
            return Weights(core, np.array(file.get_tensor("heads"), dtype=np.float32))
    except (OSError, SafetensorError) as error:
        raise InputError(f"weights {path}: {error}; expected a file written by pre-training") from error


def load_notes(path: Path) -> dict[str, str]:
    """How the weights in a file were made."""
    with safe_open(path, framework="numpy") as file:
        return dict(file.metadata() or {})
