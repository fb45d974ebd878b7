"""Derivatives of the payoff by the principal's action, through the followers' learning.

The followers' parameters after learning, theta'(phi), depend on the action phi by the rewards that they learned
from and, where their networks see the action, by their inputs. What they did while they learned (features and
actions) is held fixed; everything computed from it is a function of phi. Of the payoff of a validation episode,
sum over steps t of u_t, the surrogate is

    J(phi) = sum over t of G_t * sum over followers i of log pi(a_ti | o_ti; theta'(phi), phi),
    G_t = u_t + u_{t+1} + ...

with G, o and a as they were in the episode. By the policy gradient theorem (Williams 1992; Sutton et al. 2000)
the expectation of dJ / dphi over validation episodes is the derivative of the expected payoff by phi, given what
was learned from. It is noisy; so beside it there is a control variate, the derivative of the same with

    G_t = (n - t) / n,    n = steps of the longest episode, t from 0,

which is what an episode that pays 1 evenly over time, whatever is done in it, would give. Its expectation is 0.

``surrogate`` has the weights G and the result. For followers that learn by ``policybench.followers``, ``recorder``
watches a principal step and differentiates it in compiled code: ``learning`` repeats PPO with tangents
(``tangents``), those of its loss (``errors``) and of its optimiser (``adam``) in closed form. ``autograd`` is for
environments whose learning is written in torch, and alone needs torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policybench.lazy import lazy_names

if TYPE_CHECKING:
    from policybench.hypergradient.autograd import AdamState, Score, adam_step, differentiate, through_learning
    from policybench.hypergradient.surrogate import Hypergradient, surrogate_weights

__all__ = [
    "AdamState",
    "Hypergradient",
    "Score",
    "adam_step",
    "differentiate",
    "surrogate_weights",
    "through_learning",
]

__getattr__ = lazy_names(
    __name__,
    {
        "autograd": (
            "AdamState",
            "Score",
            "adam_step",
            "differentiate",
            "through_learning",
        ),
        "surrogate": (
            "Hypergradient",
            "surrogate_weights",
        ),
    },
)
