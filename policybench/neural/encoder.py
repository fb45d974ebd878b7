"""From what a principal may see to the inputs of a network, by rules that hold for every environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from policybench.errors import InputError

if TYPE_CHECKING:
    from policybench.arrays import Array
    from policybench.problem import Problem

Inputs = NDArray[np.float32]
"""What a network is given: [size] float32, without NaN and infinities."""


@dataclass(frozen=True)
class _Entry:
    """How one space becomes inputs: flattened, thinned, scaled.

    Attributes:
        space: where the values come from.
        kept: [n_inputs] positions in the flattened value.
        scale: [n_inputs], what they are divided by; 0 where they have no finite bounds and are compressed.
    """

    space: spaces.Space[Any]
    kept: NDArray[np.intp]
    scale: NDArray[np.float64]

    def inputs(self, value: Any) -> Inputs:
        """[n_inputs]."""
        kept = np.asarray(spaces.flatten(self.space, value), dtype=np.float64)[self.kept]
        compressed = np.sign(kept) * np.log1p(np.abs(kept))
        return np.where(self.scale > 0, kept / np.where(self.scale > 0, self.scale, 1), compressed).astype(
            np.float32
        )

    def thinned(self, stride: int) -> _Entry:
        """Every ``stride``-th of its inputs."""
        return _Entry(self.space, self.kept[::stride], self.scale[::stride])


class Encoder:
    """Encodes observation and context as one vector of float32.

    Each entry of the observation is flattened (``gymnasium.spaces.flatten``: categories become one-hot) and
    divided by the largest magnitude that its space declares. Numbers without finite bounds are left out, or
    compressed as sign(x) ln(1 + |x|). Entries that are too long together are thinned: of the longest, every
    k-th number is kept, of shorter ones proportionally more, k being the smallest integer that suffices.
    The context is appended; it is never thinned, and compressed where it has no bounds.

    Messages call the arguments by the names that ``policybench.neural.options`` declares.

    Args:
        problem: the task.
        observe: whether to encode observations; otherwise as many ones stand in their place.
        unbounded: ``omit`` or ``symlog``, what happens to numbers without finite bounds.
        max_inputs: most inputs from the observation; None: any.

    Attributes:
        size: number of inputs; at least 1, as nothing to see is encoded as a constant.

    Raises:
        InputError: a space cannot be flattened, or has more entries than ``max_inputs``.

    >>> from policybench import Description, Dimension, Problem
    >>> problem = Problem(
    ...     action_space=spaces.Box(0, 1, (1,)),
    ...     observation_space=spaces.Dict({"apples": spaces.Box(0, 8, (2,)), "rain": spaces.Discrete(2)}),
    ...     context_space=spaces.MultiBinary(2),
    ...     steps=100,
    ...     fine_levels=5, coarse_levels=3,
    ...     description=Description(story="", action=(Dimension("tax", ""),), payoff=""),
    ... )
    >>> encoder = Encoder(problem, observe=True)
    >>> seen = encoder.observed({"apples": np.array([2, 8]), "rain": np.array(1)})
    >>> encoder.with_context(seen, np.array([1, 0])).tolist()
    [0.25, 1.0, 0.0, 1.0, 1.0, 0.0]
    >>> encoder.size
    6
    """

    def __init__(
        self, problem: Problem, *, observe: bool, unbounded: str = "omit", max_inputs: int | None = None
    ) -> None:
        self._observe = observe
        self._entries = _observed_entries(problem, observe, unbounded, max_inputs)
        # A network needs an input: without any observation it is a constant.
        self._n_observed = max(1, sum(len(entry.kept) for entry in self._entries.values()))
        self._context: _Entry | None = None
        if problem.context_space is not None:
            try:
                self._context = _entry(problem.context_space, "the context", compress=True)
            except _NotFlatError as error:
                raise InputError(f"the environment's context has {error}, which cannot be made a vector") from None
        self.size = self._n_observed + (0 if self._context is None else len(self._context.kept))

    def blank(self) -> Inputs:
        """What stands for an observation before the first, and always without ``observe``: ones, [n_observed]."""
        return np.ones(self._n_observed, dtype=np.float32)

    def observed(self, observation: Mapping[str, Array]) -> Inputs:
        """[n_observed]; ones without ``observe``, or if there is nothing to see."""
        if not self._observe or not self._entries:
            return self.blank()
        return np.concatenate([entry.inputs(observation[name]) for name, entry in self._entries.items()])

    def with_context(self, observed: Inputs, context: Array | None) -> Inputs:
        """All inputs, [size]."""
        return observed if self._context is None else np.concatenate([observed, self._context.inputs(context)])


class _NotFlatError(Exception):
    """A space that has no fixed number of entries; the message says which."""


def _observed_entries(
    problem: Problem, observe: bool, unbounded: str, max_inputs: int | None
) -> dict[str, _Entry]:
    try:
        entries = dict(_entries(problem.observation_space, compress=unbounded == "symlog"))
    except _NotFlatError as error:
        if not observe:
            return {}
        raise InputError(
            f"-p observe=true: the environment's observation has {error}, which cannot be made a vector; "
            f"allowed is observe=false"
        ) from None
    return entries if max_inputs is None else _thin(entries, max_inputs)


def _entries(space: spaces.Dict, *, compress: bool) -> Iterator[tuple[str, _Entry]]:
    for name, part in space.items():
        entry = _entry(part, f"{name!r}", compress=compress)
        if len(entry.kept):
            yield name, entry


def _entry(space: spaces.Space[Any], name: str, *, compress: bool) -> _Entry:
    try:
        flat: Any = spaces.flatten_space(space)
    except NotImplementedError:
        flat = None
    if not isinstance(flat, spaces.Box):
        raise _NotFlatError(f"{name} in {space}")
    largest = np.maximum(np.abs(flat.low.astype(np.float64)), np.abs(flat.high.astype(np.float64)))
    bounded = np.isfinite(largest)
    scale = np.where(bounded, np.where(largest > 0, largest, 1), 0)
    kept = np.arange(len(scale)) if compress else np.flatnonzero(bounded)
    return _Entry(space, kept, scale[kept])


def _thin(entries: Mapping[str, _Entry], most: int) -> dict[str, _Entry]:
    if len(entries) > most:
        raise InputError(
            f"-p max_inputs={most}: the observation has {len(entries)} entries, takes at least as many"
        )
    longest = max((len(entry.kept) for entry in entries.values()), default=0)
    for k in range(1, longest + 1):
        thinned = {name: entry.thinned(-(-len(entry.kept) * k // longest)) for name, entry in entries.items()}
        if sum(len(entry.kept) for entry in thinned.values()) <= most:
            return thinned
    return dict(entries)
