"""What is derived, and the result: the weights of log-probabilities in the surrogate; see the package."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.arrays import Array, Floats


class Hypergradient(NamedTuple):
    """The derivative of the payoff by one action, with its control variate.

    Attributes:
        gradient: [action_dim] of the surrogate, mean over validation episodes.
        baseline_gradient: [action_dim] of the control variate.
    """

    gradient: Floats
    baseline_gradient: Floats


def surrogate_weights(payoffs: Array, longest: int) -> NDArray[np.float64]:
    """What log-probabilities are multiplied by, in the surrogate and in the control variate, [n_steps, 2].

    Args:
        payoffs: [n_steps] what each step of a validation episode paid.
        longest: steps of the longest possible episode.

    >>> surrogate_weights(np.array([3.0, 0.0, 1.0]), longest=4)
    array([[4.  , 1.  ],
           [1.  , 0.75],
           [1.  , 0.5 ]])
    """
    to_go = np.cumsum(np.asarray(payoffs, dtype=np.float64)[::-1])[::-1]
    return np.column_stack([to_go, 1 - np.arange(len(to_go)) / longest])
