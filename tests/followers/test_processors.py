"""Followers compute the same bytes on a processor that has none of the newer instructions."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

PROGRAM = """
import hashlib
import numpy as np
from policybench.followers.core import Core
from policybench.followers.training import Followers
from policybench.followers.weights import Weights
from policybench.followers.network import act
from policybench.streams import kernel_stream

rng = np.random.default_rng(0)
normal = lambda *shape: rng.normal(0, 0.3, shape).astype(np.float32)
core = Core(normal(49 * 4, 128), normal(128), normal(128, 128), normal(128))
followers = Followers(
    Weights(core, normal(6, 128 + 3 + 2 + 1)),
    n_steps=100,
    n_players=3,
    view=(7, 7),
    ground=np.zeros((1, 49), np.uint8),
)
followers.restart(np.array([0.3, 0.7]))
trajectory = followers.trajectory
trajectory.views[:] = rng.integers(4, size=trajectory.views.shape)
trajectory.rewards[:] = normal(100, 3)
stream = kernel_stream(0, 0, "actions")
for episode in range(2):
    for t in range(100):
        act(followers.policy, trajectory, t, stream)
    followers.learn(kernel_stream(0, 0, "minibatches", episode))
arrays = (followers.policy.heads, *trajectory, *followers.adam)
print(hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest())
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names processors of this family")
def test_the_oldest_processor_of_the_family_computes_the_same_bytes(tmp_path):
    """It has neither fused multiply-adds nor vectors of 256 bits."""
    old = {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    digests = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM], env={**os.environ, **more}, capture_output=True, text=True, check=True
        ).stdout
        for more in ({}, old)
    ]
    assert len(digests[0]) == 65
    assert digests[0] == digests[1]
