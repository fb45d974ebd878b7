"""What a principal is told about its task before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from policybench.arrays import Floats

if TYPE_CHECKING:
    from gymnasium import spaces

    from policybench.relabelling.mapping import Relabelling


@dataclass(frozen=True)
class Reference:
    """A payoff that scores are measured against.

    Attributes:
        payoff: mean payoff.
        standard_error: of that mean.
        action: the action that pays it, if it is one action; keyed by context where contexts matter.
        how: the measurement in one sentence.
        deviation: standard deviation of one evaluation of that action, which is the noise that a principal meets
            near the best; None where it was not measured, and for the floor, where actions differ too.
    """

    payoff: float
    standard_error: float
    how: str
    action: Mapping[str, tuple[float, ...]] | None = None
    deviation: float | None = None


@dataclass(frozen=True)
class Dimension:
    """One of the numbers that an action consists of.

    Attributes:
        name: one to three words, for the axes of figures and the heads of tables: ``tax on apples``.
        meaning: what the number does, with its unit, for a reader who knows the story.
        mirrored: name and meaning of the number that falls from the upper bound to the lower one while this one
            rises: ``share kept`` for ``tax rate``. A relabelled action (``-e relabel``) tells of it. None for the
            words that ``mirror`` finds itself.
    """

    name: str
    meaning: str
    mirrored: Dimension | None = None

    def mirror(self, low: float, high: float) -> Dimension:
        """The number ``low + high`` minus this one, in words.

        Args:
            low: this number's lower bound.
            high: its upper bound.

        >>> Dimension("toll", "toll on the short road").mirror(0.0, 2.0)
        Dimension(name='2 minus the toll', meaning='2 minus this number: toll on the short road', mirrored=None)
        """
        if self.mirrored is not None:
            return self.mirrored
        less = f"{low + high:g} minus" if low + high else "minus"
        return Dimension(f"{less} the {self.name}", f"{less} this number: {self.meaning}")


@dataclass(frozen=True)
class Description:
    """The prose that explains a task to a reader, human or language model.

    Attributes:
        story: who the followers are, what they do, and what the principal wants.
        action: the numbers of an action, in their order; one entry for each.
        payoff: what the payoff measures, with its unit.
        observation: what each entry of ``Outcome.observation`` means, by name.
        context: what the context means; empty where there is none.
        consequences: what follows from all this for somebody who thinks it through: which values are good, where
            something becomes a loss, what pays best. Kept apart from the rules, so that a reader can be tested
            without it; empty where nothing is known.
    """

    story: str
    action: tuple[Dimension, ...]
    payoff: str
    observation: Mapping[str, str] = field(default_factory=dict)
    context: str = ""
    consequences: str = ""


@dataclass(frozen=True)
class Problem:
    """A principal's task.

    Attributes:
        action_space: box that actions come from, shape [action_dim], with finite bounds.
        observation_space: dict space of ``Outcome.observation``.
        context_space: space of contexts; None where there are none.
        steps: the budget of the ``paper`` protocol, in principal steps.
        fine_levels: equidistant levels of each action dimension, at least 2, for principals that choose among
            finitely many actions and can afford many of them.
        coarse_levels: the same for principals that try each of the actions.
        description: prose.
        floor: mean payoff of uniformly random actions; None if it was never measured.
        ceiling: payoff of the best known action; None if it was never measured.
        payoff_bounds: the lowest and the highest payoff that the rules of the game allow, or luck that comes once
            in 10^12 episodes; None where nobody knows. A submission with any other payoff is refused.
        has_gradient: whether ``evaluate(gradient=True)`` works.
        noise: standard deviation of the payoff of one action, the best known one, evaluated again and again;
            None if it was never measured.
        plain: the task before ``-e relabel`` changed the action's numbers; None if it did not.
        relabelling: what it made of them; None if it did nothing. Both are for controls that must know; no
            principal under test looks at them.

    Raises:
        ValueError: a bound of the action space is infinite or no number.
    """

    action_space: spaces.Box
    observation_space: spaces.Dict
    steps: int
    fine_levels: int
    coarse_levels: int
    description: Description
    context_space: spaces.Space[Any] | None = None
    floor: Reference | None = None
    ceiling: Reference | None = None
    payoff_bounds: tuple[float, float] | None = None
    has_gradient: bool = False
    noise: float | None = None
    plain: Problem | None = None
    relabelling: Relabelling | None = None

    def __post_init__(self) -> None:
        space = self.action_space
        if not (np.isfinite(space.low).all() and np.isfinite(space.high).all()):
            raise ValueError(f"action_space: {space}: the bounds of actions must be finite")

    @property
    def action_dim(self) -> int:
        """Number of entries of an action."""
        return int(self.action_space.shape[0])

    @property
    def middle(self) -> Floats:
        """The centre of the action space, [action_dim], of its dtype: an action for whoever knows nothing yet."""
        low, high = (bound.astype(np.float64) for bound in (self.action_space.low, self.action_space.high))
        centre: Floats = (low + (high - low) / 2).astype(self.action_space.dtype)
        return centre
