"""Random streams: each is named by what it is for, so that nothing depends on what ran before.

Every stream derives from (seed, step, role, ...) through ``numpy.random.SeedSequence``. Two principals that
set the same action at the same step and seed therefore meet the same game randomness (common random numbers).
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["generator", "kernel_stream", "sequence"]


def sequence(seed: int, step: int, role: str, *index: int) -> np.random.SeedSequence:
    """The seed sequence of one role at one principal step, optionally of one episode or game of it.

    ``role`` is free text such as ``"game"``; its CRC-32 is part of the key.
    """
    return np.random.SeedSequence(entropy=seed, spawn_key=(step, zlib.crc32(role.encode()), *index))


def generator(seed: int, step: int, role: str, *index: int) -> np.random.Generator:
    """A numpy generator for code in Python; its SFC64 state is small, portable data."""
    return np.random.Generator(np.random.SFC64(sequence(seed, step, role, *index)))


def kernel_stream(seed: int, step: int, role: str, *index: int) -> NDArray[np.uint64]:
    """The same generator's raw state, [4] uint64, for compiled code (``policybench.compiled.sfc64``)."""
    state = np.random.SFC64(sequence(seed, step, role, *index)).state["state"]["state"]
    return np.asarray(state, dtype=np.uint64).copy()
