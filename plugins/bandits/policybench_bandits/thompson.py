"""Thompson sampling with Gaussian payoffs of unknown mean and variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from policybench_bandits.grid_bandit import GridBandit

if TYPE_CHECKING:
    from policybench import Floats, Problem
    from policybench_bandits.table import Table


@dataclass(frozen=True)
class Posterior:
    """Normal-inverse-gamma beliefs: variance ~ InvGamma(shape, scale), mean ~ N(mean, variance / count).

    Every field is [n_arms].
    """

    mean: Floats
    count: Floats
    shape: Floats
    scale: Floats


class Thompson(GridBandit):
    """Draws every arm's mean payoff from its posterior and takes the arm whose draw is highest.

    The algorithm is that of Russo et al. 2018 (A tutorial on Thompson sampling, section 4); the posterior is
    the conjugate one of Murphy 2007 (Conjugate Bayesian analysis of the Gaussian distribution, section 6).
    Arms are independent, and equal in the prior.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        rng: np.random.Generator,
        prior_mean: float,
        prior_count: float,
        prior_shape: float,
        prior_scale: float,
        levels: int | None,
    ) -> None:
        # Draws are continuous, so there are no ties to break.
        super().__init__(problem, rng=rng, levels=levels or problem.coarse_levels, ties="first")
        self._prior = (prior_mean, prior_count, prior_shape, prior_scale)

    def posterior(self, table: Table) -> Posterior:
        """What is believed of the arms after the payoffs in a table."""
        mean, count, shape, scale = self._prior
        n = table.counts
        surprise = count * n * (table.means - mean) ** 2 / (count + n)
        return Posterior(
            mean=(count * mean + n * table.means) / (count + n),
            count=count + n,
            shape=shape + n / 2,
            scale=scale + (table.squares + surprise) / 2,
        )

    def values(self, table: Table) -> Floats:
        """The posterior means, [n_arms]."""
        return self.posterior(table).mean

    def draw(self, table: Table) -> Floats:
        """A draw of every arm's mean payoff, [n_arms]: Student's t, the variance being integrated out."""
        posterior = self.posterior(table)
        width = np.sqrt(posterior.scale / (posterior.shape * posterior.count))
        return posterior.mean + width * self.rng.standard_t(2 * posterior.shape)

    def select(self, table: Table) -> int:
        """The arm with the highest draw."""
        return self.best(self.draw(table))
