"""The principal's problem as a Gymnasium environment, for any library of reinforcement learning.

One step is one principal step: the action is set, followers learn under it, and the reward is the payoff. An
observation is the last outcome's, with the context of the step to come under ``context``. An episode is a budget
of principal steps, at whose end it is truncated. ``make`` gives one seed as a ``gymnasium.Env``, ``make_vec``
several as a ``gymnasium.vector.VectorEnv`` that evaluates all of them in one batch.

``making`` builds both, ``single`` and ``vector`` are the two, ``steps`` is what they share, and ``observations``
what a learner sees. ``recording`` keeps what a learner did as a run, so that ``policybench results``, ``plot``,
``report`` and ``leaderboard add`` work on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policybench.lazy import lazy_names

if TYPE_CHECKING:
    from policybench.gymnasium.making import make, make_vec
    from policybench.gymnasium.recording import Recording
    from policybench.gymnasium.single import PolicyEnv
    from policybench.gymnasium.vector import PolicyVectorEnv

__all__ = ["PolicyEnv", "PolicyVectorEnv", "Recording", "make", "make_vec"]

__getattr__ = lazy_names(
    __name__,
    {
        "making": ["make", "make_vec"],
        "recording": ["Recording"],
        "single": ["PolicyEnv"],
        "vector": ["PolicyVectorEnv"],
    },
)
