"""The principals of a run, one a seed, asked and told together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from policybench import streams
from policybench.arrays import Array, Floats
from policybench.blame import blamed_on
from policybench.errors import ContractError
from policybench.harness.concurrency import call_all
from policybench.outcome import Outcome
from policybench.plugins import Plugin
from policybench.principal import Principal
from policybench.problem import Problem
from policybench.specs import PrincipalSpec
from policybench.store import checkpoint
from policybench.store.filled import NOTES
from policybench.store.manifest import PluginEntry
from policybench.workspace import Common, Workspace


class Panel:
    """Fans the batch out to principals, and keeps their random streams.

    Attributes:
        name: of the principal and its distribution, for messages.
        needs_gradient: whether outcomes must carry the hypergradient.
        hosted: whether a service decides.
        repeatable: whether the principals, given back an earlier state, choose the same actions again and leave
            no trace of it. This is expected of all that neither keep files of their own nor share anything between
            seeds, which they would do in ``attach``.
    """

    def __init__(
        self,
        plugin: Plugin[PrincipalSpec],
        problems: Sequence[Problem],
        seeds: Sequence[int],
        options: Mapping[str, Any],
    ) -> None:
        """Create one principal a seed, each with a stream of its own, for the seed's problem."""
        self.name = f"principal {plugin.spec.name!r} ({plugin.distribution} {plugin.version})"
        self._may_share = plugin.spec.shares_between_seeds
        self._spaces = [problem.action_space for problem in problems]
        self._seeds = tuple(seeds)
        self._rngs = [streams.generator(seed, 0, "principal") for seed in seeds]
        self._members: list[Principal] = []
        for problem, rng in zip(problems, self._rngs, strict=True):
            with blamed_on(self.name, "while it was created"):
                self._members.append(plugin.spec.create(problem, rng=rng, **options))
        self._ended = [False] * len(self._seeds)
        self.needs_gradient = self._members[0].needs_gradient
        self.hosted = self._members[0].hosted
        attaches = any(type(member).attach is not Principal.attach for member in self._members)
        self.repeatable = not self.hosted and not attaches

    @contextmanager
    def attached(self, folder: Path, environment: PluginEntry, steps: int) -> Iterator[None]:
        """A run of so many steps in this folder; at its end everything that principals share is closed.

        Raises:
            ContractError: the principals share something, and their spec does not say so.
        """
        with ExitStack() as resources:
            common = Common(resources)
            for i, (member, seed) in enumerate(zip(self._members, self._seeds, strict=True)):
                with self._blamed(i, "while it was attached to the run"):
                    member.attach(Workspace(seed, folder, environment, common, steps))
            if common.objects and not self._may_share:
                raise ContractError(
                    f"{self.name} shares something between its seeds; its spec must say shares_between_seeds=True"
                )
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
        calls = [partial(self._ask, i, _row(contexts, i)) for i in searching]
        for i, asked in zip(searching, call_all(calls, self._members[0].concurrency), strict=True):
            actions[i] = asked
        return self._gather(actions)

    def tell(self, actions: Floats, outcomes: Sequence[Outcome]) -> None:
        """Tell each principal whose search goes on what its action led to."""
        for i, (action, outcome) in enumerate(zip(actions, outcomes, strict=True)):
            if not self._ended[i]:
                with self._blamed(i, "while it was told what its action led to"):
                    self._members[i].tell(action, outcome)

    def recommend(self, contexts: Array | None) -> Floats:
        """The recommended actions, [n_seeds, action_dim]; where a search has ended, what it ended at."""
        actions = self._settled(contexts)
        for i, member in enumerate(self._members):
            if actions[i] is None:
                with self._blamed(i, "while it was asked for its recommendation"):
                    actions[i] = member.recommend(_row(contexts, i))
        return self._gather(actions)

    def notes(self) -> list[dict[str, Any]]:
        """Each principal's notes on the latest step."""
        notes = []
        for i, member in enumerate(self._members):
            with self._blamed(i, "while it was asked for its notes"):
                notes.append(NOTES if self._ended[i] else member.notes())
        return notes

    def checkpoint(self, step: int) -> bytes:
        """The content of a checkpoint after so many steps: every principal's state and its random stream.

        Raises:
            ContractError: a principal's state holds what cannot be saved.
        """
        states = []
        for i, (member, rng) in enumerate(zip(self._members, self._rngs, strict=True)):
            with self._blamed(i, "while it was asked for its state"):
                states.append({"principal": member.state_dict(), "rng": rng.bit_generator.state})
        try:
            return checkpoint.dump(step, states)
        except TypeError as error:
            for state in states:
                try:
                    checkpoint.encode(state["principal"])
                except TypeError as fault:
                    raise ContractError(f"{self.name}: what state_dict() returned {fault}") from None
            raise ContractError(f"{self.name}: its state {error}") from None

    def load_state(self, state: Sequence[Any]) -> None:
        """Continue from the states of a checkpoint."""
        for i, (member, rng, saved) in enumerate(zip(self._members, self._rngs, state, strict=True)):
            with self._blamed(i, "while its state was loaded from the checkpoint"):
                member.load_state_dict(saved["principal"])
                rng.bit_generator.state = saved["rng"]

    def _settled(self, contexts: Array | None) -> list[Any]:
        """The action that each search ended at; None where it goes on."""
        ends = []
        for i, member in enumerate(self._members):
            with self._blamed(i, "while it was asked whether its search has ended"):
                ends.append(member.settled(_row(contexts, i)))
        return ends

    def _ask(self, index: int, context: Array | None) -> Any:
        with self._blamed(index, "while it chose an action"):
            return self._members[index].ask(context)

    def _gather(self, actions: Sequence[Any]) -> Floats:
        gathered = []
        for i, action in enumerate(actions):
            with self._blamed(i, "to choose numbers"):
                values = np.asarray(action, dtype=np.float64)
            space = self._spaces[i]
            # Compared in the space's own precision: 0.9 is in a float32 box that ends at 0.9.
            if values.shape != space.shape or not space.contains(values.astype(space.dtype)):
                raise ContractError(f"{self.name} chose {action!r}, which is not in {space}")
            gathered.append(values)
        return np.stack(gathered)

    def _blamed(self, index: int, doing: str) -> AbstractContextManager[None]:
        return blamed_on(self.name, f"{doing}, seed {self._seeds[index]}")


def _row(contexts: Array | None, index: int) -> Array | None:
    return None if contexts is None else contexts[index]
