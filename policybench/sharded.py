"""One environment over several threads: each has an instance of its own, with some of the seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import numpy as np

from policybench.arrays import Array, Floats
from policybench.blame import blamed_on
from policybench.environment import Environment
from policybench.outcome import Outcome
from policybench.problem import Problem
from policybench.specs import EnvironmentSpec


class ShardedEnvironment(Environment):
    """Splits the seeds into contiguous shards and evaluates the shards in parallel.

    Outcomes depend on their own seed alone, so the number of workers changes none of them. Compiled kernels and
    torch release the interpreter's lock while they compute, which is what makes threads worth having. Whatever the
    environment raises comes out as a ``PluginError`` that names it.
    """

    def __init__(self, spec: EnvironmentSpec, seeds: Sequence[int], workers: int, options: dict[str, Any]) -> None:
        """Create one instance of the environment a worker, for at most one worker a seed."""
        super().__init__(seeds)
        self._name = f"environment {spec.name!r}"
        shards = np.array_split(np.arange(len(self.seeds)), min(workers, len(self.seeds)))
        self._rows = [slice(int(shard[0]), int(shard[-1]) + 1) for shard in shards]
        self._shards: list[Environment] = []
        self._pool = ThreadPoolExecutor(len(shards), thread_name_prefix="policybench")
        try:
            for rows in self._rows:
                with blamed_on(self._name, "while it was created"):
                    self._shards.append(spec.create(self.seeds[rows], **options))
            with blamed_on(self._name, "while it was asked for its problem"):
                self._problems = tuple(chain.from_iterable(shard.problems for shard in self._shards))
            self.problem = self._problems[0]
        except BaseException:
            self.close()
            raise

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The task of each seed, in their order."""
        return self._problems

    def prepare(self) -> None:
        """Prepare the first shard, which compiles what all share, then the others."""
        for shard in self._shards:
            with blamed_on(self._name, "while it was prepared"):
                shard.prepare()

    def close(self) -> None:
        """Wait for what is being evaluated, and close every shard; once closed it stays so."""
        self._pool.shutdown(cancel_futures=True)
        shards, self._shards = self._shards, []
        for shard in shards:
            with blamed_on(self._name, "while it was closed"):
                shard.close()

    def contexts(self, step: int) -> Array | None:
        """Contexts of all seeds, [n_seeds, ...], or None."""
        with blamed_on(self._name, f"while it drew the contexts of step {step}"):
            parts = [part for shard in self._shards if (part := shard.contexts(step)) is not None]
            return np.concatenate(parts) if parts else None

    def evaluate(self, step: int, actions: Floats, *, gradient: bool = False) -> list[Outcome]:
        """Outcomes of all seeds, in their order."""
        futures = [
            self._pool.submit(shard.evaluate, step, actions[rows], gradient=gradient)
            for shard, rows in zip(self._shards, self._rows, strict=True)
        ]
        with blamed_on(self._name, f"while it evaluated step {step}"):
            return list(chain.from_iterable([future.result() for future in futures]))

    def render(self, step: int, action: Floats) -> Iterator[Array]:
        """Frames of the first seed's validation episode."""
        with blamed_on(self._name, "while it drew an episode"):
            yield from self._shards[0].render(step, action)
