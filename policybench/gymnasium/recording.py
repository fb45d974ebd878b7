"""Keeps what a learner did as a run: the same files as ``policybench run`` leaves, marked ``external``.

Seeds may come one after another, or side by side. Each has files of its own until all are there; then they become
the run's step log and final evaluations, and the run is finished.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from policybench.arrays import Array, Floats
from policybench.environment import Environment
from policybench.errors import ContractError, InputError
from policybench.final_evaluations import evaluate_recommendations, final_steps
from policybench.outcome import Outcome
from policybench.recorded import recorded_rows
from policybench.store import FinalRecord, Manifest, RunFolder, StepRecord, dump_lines, read_lines
from policybench.store.files import replace_file
from policybench.store.names import PARTS, seed_steps


@dataclass(frozen=True)
class Recording:
    """Where a run is kept, and who made it.

    Attributes:
        folder: the folder that runs go to; each has a folder of its own below it.
        principal: what the learner is called; no installed principal may have this name. With other settings it
            needs another one: ``sac-small``.
        options: its settings, which the manifest records: numbers, texts, booleans and lists of numbers.
        library: the distribution that it comes from; the manifest records its installed version.
        seeds: how many seeds the run has; None stands for one, or for those of ``make_vec``. The run is finished
            when each of them was recorded.
    """

    folder: str | Path
    principal: str = "external"
    options: dict[str, Any] = field(default_factory=dict)
    library: str = "policybench"
    seeds: int | None = None


class Recorder:
    """Writes some seeds of a run, step by step.

    Attributes:
        path: the run's folder.
        finished: whether the recommendations of these seeds are evaluated.
    """

    def __init__(
        self,
        path: Path,
        manifest: Manifest,
        seeds: Sequence[int],
        make_final: Callable[[Sequence[int]], Environment],
    ) -> None:
        """Begin these seeds anew.

        Args:
            path: the run's folder.
            manifest: of the whole run.
            seeds: some of its seeds, or all.
            make_final: makes the environment of the final evaluations, for some seeds.

        Raises:
            InputError: the run is finished, or was made with another configuration.
        """
        self.path, self.finished = path, False
        self._manifest, self._seeds = manifest, list(seeds)
        self._make_final = make_final
        with RunFolder(path) as folder:
            if folder.open(manifest).status == "finished":
                raise InputError(f"record: the run in {path} is finished; remove it, or name another folder")
            (path / PARTS).mkdir(exist_ok=True)
            for seed in self._seeds:
                self._steps(seed).write_bytes(b"")
                self._final(seed).unlink(missing_ok=True)

    def append(
        self, step: int, contexts: Array | None, actions: Floats, outcomes: Sequence[Outcome], seconds: float
    ) -> None:
        """Keep one step of every seed.

        Args:
            step: its number.
            contexts: [n_seeds, ...], or None.
            actions: [n_seeds, action_dim].
            outcomes: one a seed.
            seconds: of wall-clock time, a seed.
        """
        _check(outcomes)
        for seed, row in zip(self._seeds, recorded_rows(contexts, actions, outcomes), strict=True):
            record = StepRecord(step=step, seed=seed, **row, seconds=round(seconds, 6))
            with self._steps(seed).open("ab") as file:
                file.write(dump_lines([record]))

    def finish(self, choose: Callable[[Array | None], Floats]) -> None:
        """Evaluate the recommendations of every seed, and finish the run if no other seed is missing.

        Args:
            choose: from contexts, [n_seeds, ...] or None, to actions, [n_seeds, action_dim]; asked once a context.
        """
        records = self._evaluated(choose)
        for seed in self._seeds:
            replace_file(self._final(seed), dump_lines([record for record in records if record.seed == seed]))
        self.finished = True
        seeds = self._manifest.protocol.seeds
        if not all(self._final(seed).is_file() for seed in seeds):
            return
        logs = [read_lines(self._steps(seed), StepRecord) for seed in seeds]
        finals = [read_lines(self._final(seed), FinalRecord) for seed in seeds]
        with RunFolder(self.path) as folder:
            for rows in zip(*logs, strict=True):
                folder.append(list(rows))
            folder.finish(folder.open(self._manifest), [row for rows in zip(*finals, strict=True) for row in rows])
            for seed in seeds:
                self._steps(seed).unlink()
                self._final(seed).unlink()
            (self.path / PARTS).rmdir()

    def _evaluated(self, choose: Callable[[Array | None], Floats]) -> list[FinalRecord]:
        """Evaluations at steps beyond the budget; which ones, all seeds of the run decide together."""
        protocol = self._manifest.protocol
        with closing(self._make_final(protocol.seeds)) as all_seeds:
            wanted = dict(zip(protocol.seeds, final_steps(all_seeds, protocol.steps), strict=True))
        with closing(self._make_final(self._seeds)) as environment:
            environment.prepare()
            return evaluate_recommendations(environment, [wanted[seed] for seed in self._seeds], choose, _check)

    def _steps(self, seed: int) -> Path:
        return self.path / seed_steps(seed)

    def _final(self, seed: int) -> Path:
        return self.path / PARTS / f"seed-{seed}.final.jsonl"


def _check(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        if not np.isfinite(outcome.payoff):
            raise ContractError(f"the environment returned the payoff {outcome.payoff}")
