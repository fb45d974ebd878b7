"""The principals of a run, one a seed, asked and told together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from policybench import streams
from policybench.arrays import Array, Floats
from policybench.errors import ContractError
from policybench.harness.concurrency import call_all
from policybench.outcome import Outcome
from policybench.plugins import Plugin
from policybench.problem import Problem
from policybench.specs import PrincipalSpec
from policybench.store.filled import NOTES
from policybench.store.manifest import PluginEntry
from policybench.workspace import Common, Workspace


class Panel:
    """Fans the batch out to principals, and keeps their random streams."""

    def __init__(
        self,
        plugin: Plugin[PrincipalSpec],
        problem: Problem,
        seeds: Sequence[int],
        options: Mapping[str, Any],
    ) -> None:
        """Create one principal a seed, each with a stream of its own."""
        self._name = f"principal {plugin.spec.name!r} ({plugin.distribution} {plugin.version})"
        self._space = problem.action_space
        self._seeds = tuple(seeds)
        self._rngs = [streams.generator(seed, 0, "principal") for seed in seeds]
        self._members = [plugin.spec.create(problem, rng=rng, **options) for rng in self._rngs]
        self._ended = [False] * len(self._seeds)
        self.needs_gradient = self._members[0].needs_gradient
        self.hosted = self._members[0].hosted

    @contextmanager
    def attached(self, folder: Path, environment: PluginEntry) -> Iterator[None]:
        """A run in this folder, on this environment; at its end everything that principals share is closed."""
        with ExitStack() as resources:
            common = Common(resources)
            for member, seed in zip(self._members, self._seeds, strict=True):
                member.attach(Workspace(seed, folder, environment, common))
            yield

    @property
    def ended(self) -> list[bool]:
        """Whose search had ended when they were last asked."""
        return list(self._ended)

    def ask(self, contexts: Array | None) -> Floats:
        """The next actions, [n_seeds, action_dim]; where a search has ended, the action that it ended at."""
        actions = self._settled(contexts)
        self._ended = [action is not None for action in actions]
        searching = [i for i, ended in enumerate(self._ended) if not ended]
        calls = [partial(self._members[i].ask, _row(contexts, i)) for i in searching]
        for i, asked in zip(searching, call_all(calls, self._members[0].concurrency), strict=True):
            actions[i] = asked
        return self._gather(actions)

    def tell(self, actions: Floats, outcomes: Sequence[Outcome]) -> None:
        """Tell each principal whose search goes on what its action led to."""
        for member, action, outcome, ended in zip(self._members, actions, outcomes, self._ended, strict=True):
            if not ended:
                member.tell(action, outcome)

    def recommend(self, contexts: Array | None) -> Floats:
        """The recommended actions, [n_seeds, action_dim]; where a search has ended, what it ended at."""
        return self._gather(
            [
                member.recommend(_row(contexts, i)) if end is None else end
                for i, (member, end) in enumerate(zip(self._members, self._settled(contexts), strict=True))
            ]
        )

    def notes(self) -> list[dict[str, Any]]:
        """Each principal's notes on the latest step."""
        return [
            NOTES if ended else member.notes() for member, ended in zip(self._members, self._ended, strict=True)
        ]

    def state(self) -> list[Any]:
        """All that a resumed run needs, random streams included."""
        return [
            {"principal": member.state_dict(), "rng": rng.bit_generator.state}
            for member, rng in zip(self._members, self._rngs, strict=True)
        ]

    def load_state(self, state: Sequence[Any]) -> None:
        """Continue from what ``state`` returned."""
        for member, rng, saved in zip(self._members, self._rngs, state, strict=True):
            member.load_state_dict(saved["principal"])
            rng.bit_generator.state = saved["rng"]

    def _settled(self, contexts: Array | None) -> list[Any]:
        """The action that each search ended at; None where it goes on."""
        return [member.settled(_row(contexts, i)) for i, member in enumerate(self._members)]

    def _gather(self, actions: Sequence[Any]) -> Floats:
        for action in actions:
            values = np.asarray(action, dtype=np.float64)
            if values.shape != self._space.shape or not np.all(
                (values >= self._space.low) & (values <= self._space.high)
            ):
                raise ContractError(f"{self._name} chose {action!r}, which is not in {self._space}")
        return np.stack([np.asarray(action, dtype=np.float64) for action in actions])


def _row(contexts: Array | None, index: int) -> Array | None:
    return None if contexts is None else contexts[index]
