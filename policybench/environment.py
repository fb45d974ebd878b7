"""The interface of an environment: game, learning followers and payoff, for a batch of seeds at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from policybench.arrays import Array, Floats
from policybench.errors import InputError
from policybench.outcome import Outcome

if TYPE_CHECKING:
    from policybench.problem import Problem


class Environment(ABC):
    """What a principal governs; row i of everything belongs to ``seeds[i]``.

    An outcome is a pure function of (seed, step, action): all randomness derives from those by
    ``policybench.streams``, and nothing that was evaluated before or beside it may matter. So runs resume
    exactly, seeds can be split over threads and machines, and anybody can check a published payoff.
    The harness calls separate instances, with separate seeds, from several threads at once.
    """

    problem: Problem

    def __init__(self, seeds: Sequence[int]) -> None:
        """Keep the seeds; subclasses add their options as keywords."""
        self.seeds = tuple(seeds)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The task of each seed: ``problem`` for all, unless their actions are relabelled."""
        return (self.problem,) * len(self.seeds)

    def prepare(self) -> None:  # noqa: B027 - optional
        """Do what takes long once (compile, load weights); the harness shows that it is under way."""

    def close(self) -> None:  # noqa: B027 - optional
        """Give back what Python does not collect: engines, processes, connections.

        Called once, when a run or a measurement ends in whatever way; nothing is called after it.
        """

    def contexts(self, step: int) -> Array | None:
        """What the principals see before they act at this step, [n_seeds, ...]; None if nothing."""
        return None

    @abstractmethod
    def evaluate(self, step: int, actions: Floats, *, gradient: bool = False) -> list[Outcome]:
        """Let followers learn under each seed's action and validate them.

        Args:
            step: the principal step; together with a seed it determines all randomness.
            actions: [n_seeds, action_dim].
            gradient: whether outcomes must carry the hypergradient; only if ``problem.has_gradient``.

        Returns:
            One outcome a seed.
        """

    def render(self, step: int, action: Floats) -> Iterator[Array]:
        """Frames, [height, width, 3] uint8, of the validation episode of the first seed under this action.

        Raises:
            InputError: the environment draws no pictures, or the action lies outside the action space.
        """
        raise InputError(f"environment {type(self).__name__} draws no pictures")
