"""A relabelling: a permutation of an action's dimensions, some of which are mirrored within their bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from policybench.arrays import Floats
from policybench.streams import generator


@dataclass(frozen=True, eq=False)
class Relabelling:
    """What one seed's principal sets instead of the environment's own action.

    Attributes:
        plain_space: box of the environment's own actions, [action_dim].
        source: [action_dim], which of the environment's dimensions each relabelled one stands for.
        mirrored: [action_dim] bool, which relabelled dimensions run from the upper bound down to the lower one.
    """

    plain_space: spaces.Box
    source: NDArray[np.intp]
    mirrored: NDArray[np.bool_]

    @property
    def space(self) -> spaces.Box:
        """The box of relabelled actions: the same bounds, in the relabelled order."""
        plain = self.plain_space
        return spaces.Box(plain.low[self.source], plain.high[self.source], dtype=plain.dtype.type)

    def to_plain(self, actions: Floats) -> Floats:
        """The environment's own actions, [..., action_dim], for relabelled ones of that shape."""
        plain = np.empty_like(actions)
        plain[..., self.source] = self._mirror(actions)
        return plain

    def from_plain(self, actions: Floats) -> Floats:
        """The relabelled actions, [..., action_dim], for the environment's own; the inverse, up to rounding."""
        return self._mirror(actions[..., self.source])

    def gradient(self, plain: Floats) -> Floats:
        """The derivative by the relabelled action, [action_dim], for that by the environment's own."""
        permuted = plain[self.source]
        return np.where(self.mirrored, -permuted, permuted)

    def _mirror(self, actions: Floats) -> Floats:
        """Mirrors those relabelled dimensions that are mirrored; its own inverse."""
        plain = self.plain_space
        low, high = (bound[self.source].astype(np.float64) for bound in (plain.low, plain.high))
        # Rounding must not lead out of the box, nor must bounds of lower precision than the actions.
        turned = np.clip(low + (high - actions), low, high)
        return np.where(self.mirrored, turned, actions)


def draw_relabelling(space: spaces.Box, relabel: int, seed: int) -> Relabelling:
    """The relabelling of one seed: every permutation and every choice of mirrored dimensions is equally likely.

    Args:
        space: box of the environment's own actions, [action_dim].
        relabel: the value of ``-e relabel``.
        seed: of the run.
    """
    rng = generator(seed, 0, "relabel", relabel)
    (dimensions,) = space.shape
    return Relabelling(space, rng.permutation(dimensions), rng.random(dimensions) < 0.5)
