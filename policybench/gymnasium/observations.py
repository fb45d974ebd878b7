"""What a learner sees: the last outcome's observation and the context of the step to come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces

from policybench.errors import InputError
from policybench.problem import Problem

CONTEXT = "context"

Observation = dict[str, Any]


def observation_space(problem: Problem) -> spaces.Dict:
    """The entries of the problem's observation space, and ``context`` where there are contexts.

    Raises:
        InputError: an entry of the observation is called ``context``, too.
    """
    entries = dict(problem.observation_space.spaces)
    if problem.context_space is not None:
        if CONTEXT in entries:
            raise InputError(f"observation {CONTEXT!r}: the context of the next step has this name")
        entries[CONTEXT] = problem.context_space
    return spaces.Dict(entries)


def observation(space: spaces.Dict, seen: Mapping[str, Any] | None, context: Any) -> Observation:
    """An observation in the space.

    Args:
        space: what ``observation_space`` gave.
        seen: of the last outcome; None before the first, for which values near zero stand in.
        context: of the step to come; None where there are none.
    """
    values: Observation = {}
    for name, part in space.spaces.items():
        if name == CONTEXT and context is not None:
            values[name] = _fitted(part, context)
        else:
            values[name] = _nothing(part) if seen is None else _fitted(part, seen[name])
    return values


def _fitted(space: spaces.Space[Any], value: Any) -> Any:
    """The value in the shape and dtype of its space."""
    if isinstance(space, spaces.Discrete):
        return space.dtype.type(np.asarray(value).item())
    if space.shape is None:
        return value
    return np.asarray(value, dtype=space.dtype).reshape(space.shape)


def _nothing(space: spaces.Space[Any]) -> Any:
    """The value of a space that is nearest to zero."""
    match space:
        case spaces.Box():
            return np.clip(np.zeros(space.shape, space.dtype), space.low, space.high)
        case spaces.Discrete():
            return space.dtype.type(min(max(0, int(space.start)), int(space.start + space.n - 1)))
        case spaces.MultiDiscrete():
            return np.asarray(space.start, space.dtype)
        case spaces.MultiBinary():
            return np.zeros(space.shape, space.dtype)
        case spaces.Dict():
            return {name: _nothing(part) for name, part in space.spaces.items()}
        case spaces.Tuple():
            return tuple(map(_nothing, space.spaces))
        case _:
            raise InputError(f"observations of {space} cannot be given to Gymnasium's learners")
