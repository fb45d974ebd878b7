"""What decides for the followers of a role, and what it decides: learned or not, ``rollout`` plays with either."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from policybench.pettingzoo.observation_spaces import Seen


class Choice(NamedTuple):
    """What a policy decides for n followers.

    Attributes:
        choices: [n, n_choices] int64, categories counted from 0.
        numbers: [n, n_numbers] float32, in units in which bounds are -1 and 1.
        log_probabilities: [n], of these actions.
        values: [n] float64, the critic's, as returns.
        kept: what the policy needs of the observations to learn from them.
    """

    choices: NDArray[np.int64]
    numbers: NDArray[np.float32]
    log_probabilities: NDArray[np.float32]
    values: NDArray[np.float64]
    kept: Any


class Luck(NamedTuple):
    """What n followers draw from: uniform [n, n_choices] and standard normal [n, n_numbers]."""

    uniform: NDArray[np.float64]
    normal: NDArray[np.float64]


class Policy(Protocol):
    """Decides for any number of followers of a role at once; row i of all arguments belongs to follower i."""

    def act(self, seen: Seen, index: NDArray[np.int64], mask: NDArray[np.bool_] | None, luck: Luck) -> Choice:
        """Decide.

        Args:
            seen: what followers see.
            index: [n], which agents of the role they are.
            mask: [n, n_choices, width], what they may do; None: everything.
            luck: what they draw from.
        """

    def values(self, seen: Seen, index: NDArray[np.int64]) -> NDArray[np.float64]:
        """The critic's values [n], as returns."""
