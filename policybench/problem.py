"""What a principal is told about its task before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gymnasium import spaces


@dataclass(frozen=True)
class Reference:
    """A payoff that scores are measured against.

    Attributes:
        payoff: mean payoff.
        standard_error: of that mean.
        action: the action that pays it, if it is one action; keyed by context where contexts matter.
        how: the measurement in one sentence.
    """

    payoff: float
    standard_error: float
    how: str
    action: Mapping[str, tuple[float, ...]] | None = None


@dataclass(frozen=True)
class Description:
    """The prose that explains a task to a reader, human or language model.

    Attributes:
        story: who the followers are, what they do, and what the principal wants.
        action: what each number of the action means; one text a dimension.
        payoff: what the payoff measures, with its unit.
        observation: what each entry of ``Outcome.observation`` means, by name.
        context: what the context means; empty where there is none.
    """

    story: str
    action: tuple[str, ...]
    payoff: str
    observation: Mapping[str, str] = field(default_factory=dict)
    context: str = ""


@dataclass(frozen=True)
class Problem:
    """A principal's task.

    Attributes:
        action_space: box that actions come from, shape [action_dim].
        observation_space: dict space of ``Outcome.observation``.
        context_space: space of contexts; None where there are none.
        steps: the budget of the ``paper`` protocol, in principal steps.
        grid_levels: equidistant levels an action dimension, by name: ``fine`` and ``coarse``; for principals
            that choose among finitely many actions.
        description: prose.
        floor: mean payoff of uniformly random actions; None if it was never measured.
        ceiling: payoff of the best known action; None if it was never measured.
        has_gradient: whether ``evaluate(gradient=True)`` works.
    """

    action_space: spaces.Box
    observation_space: spaces.Dict
    steps: int
    grid_levels: Mapping[str, int]
    description: Description
    context_space: spaces.Space[Any] | None = None
    floor: Reference | None = None
    ceiling: Reference | None = None
    has_gradient: bool = False

    @property
    def action_dim(self) -> int:
        """Number of entries of an action."""
        return int(self.action_space.shape[0])
