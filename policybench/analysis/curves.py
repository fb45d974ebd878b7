"""The recorded steps of a run, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policybench.arrays import Floats
from policybench.store import StoredRun
from policybench.store.filled import NOTES

Integers = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Curves:
    """What is recorded of a run's steps.

    Attributes:
        payoffs: [n_seeds, n_steps].
        validation: [n_seeds, n_steps], validation timesteps of each step.
        filled_from: for each seed the first step that was filled in (``policybench.store.filled``), as all after
            it are; None where every step was evaluated.
    """

    payoffs: Floats
    validation: Integers
    filled_from: Sequence[int | None]

    @property
    def n_steps(self) -> int:
        """How many steps every seed has done."""
        return int(self.payoffs.shape[1])

    @property
    def spent(self) -> Integers:
        """Validation timesteps of all steps up to and including each one, [n_seeds, n_steps]."""
        return self.validation.cumsum(axis=1)

    @property
    def filled_share(self) -> float:
        """Which part of all seeds' steps was filled in."""
        filled = sum(self.n_steps - first for first in self.filled_from if first is not None)
        return filled / self.payoffs.size if filled else 0.0


def curves_of(stored: StoredRun) -> Curves:
    """A run's curves, one row per seed in the manifest's order; steps that some seeds lack are left out."""
    n_seeds = len(stored.manifest.protocol.seeds)
    rows = stored.steps[: len(stored.steps) // n_seeds * n_seeds]
    # A sum of floats depends on the order in memory: it is that of submissions, whose scores must be equal.
    return Curves(
        payoffs=np.ascontiguousarray(rows.payoffs.reshape(-1, n_seeds).T),
        validation=np.ascontiguousarray(rows.validation.reshape(-1, n_seeds).T),
        filled_from=[
            next((step for step, notes in enumerate(rows.notes[i::n_seeds]) if notes == NOTES), None)
            for i in range(n_seeds)
        ],
    )
