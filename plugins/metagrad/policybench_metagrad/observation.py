"""What a principal may see, as one vector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from policybench import InputError

if TYPE_CHECKING:
    from policybench import Problem
    from policybench.outcome import Array

Inputs = NDArray[np.float32]


class Encoder:
    """Flattens observation and context, and divides each number by the largest magnitude that its space declares.

    Numbers without finite bounds are left out.

    Args:
        problem: the task.
        observe: whether to see observations; otherwise there are as many ones in their place.

    Attributes:
        size: number of inputs.

    Raises:
        InputError: a space has no fixed number of entries.
    """

    def __init__(self, problem: Problem, *, observe: bool) -> None:
        self._space, self._context_space = problem.observation_space, problem.context_space
        self._kept, self._scale = _scale(self._space, "observation")
        # A network needs an input: where nothing can be seen it is a constant.
        self._n_observed = max(1, len(self._kept))
        self._observe = observe and len(self._kept) > 0
        self.size = self._n_observed
        if self._context_space is not None:
            self._context_kept, self._context_scale = _scale(self._context_space, "context")
            self.size += len(self._context_kept)

    def blank(self) -> Inputs:
        """What stands for an observation before the first, and always without ``observe``: ones, [n_observed]."""
        return np.ones(self._n_observed, dtype=np.float32)

    def observed(self, observation: Mapping[str, Array]) -> Inputs:
        """[n_observed]."""
        if not self._observe:
            return self.blank()
        flat = np.asarray(spaces.flatten(self._space, dict(observation)), dtype=np.float64)
        return (flat[self._kept] / self._scale).astype(np.float32)

    def with_context(self, observed: Inputs, context: Array | None) -> Inputs:
        """All inputs, [size]."""
        if self._context_space is None:
            return observed
        flat = np.asarray(spaces.flatten(self._context_space, context), dtype=np.float64)
        return np.concatenate([observed, (flat[self._context_kept] / self._context_scale).astype(np.float32)])


def _scale(space: spaces.Space[Any], name: str) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Where in the flattened space the numbers with bounds are, and how large they can be."""
    try:
        flat: Any = spaces.flatten_space(space)
    except NotImplementedError:
        flat = None
    if not isinstance(flat, spaces.Box):
        raise InputError(f"the environment's {name} lies in {space}, which cannot be made a vector")
    largest = np.maximum(np.abs(flat.low.astype(np.float64)), np.abs(flat.high.astype(np.float64)))
    kept = np.flatnonzero(np.isfinite(largest))
    return kept, np.where(largest[kept] > 0, largest[kept], 1)
