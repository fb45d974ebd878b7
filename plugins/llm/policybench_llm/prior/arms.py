"""The arms: one task told in five ways, and an optimiser that is told nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from policybench import Run, run
from policybench.plugins import registry

BASELINE = "gp-bo"
"""The optimiser that all arms are held against."""


@dataclass(frozen=True)
class Arm:
    """One way to tell the task.

    Attributes:
        name: in tables and figures.
        told: what the model is told, in a few words.
        options: of the principal llm.
        relabelled: whether the action's numbers are relabelled.
    """

    name: str
    told: str
    options: Mapping[str, str]
    relabelled: bool = False


ARMS = (
    Arm("full", "rules and their consequences", {"context": "full"}),
    Arm("rules", "the rules alone", {"context": "rules"}),
    Arm("anonymous", "bare numbers", {"context": "anonymous"}),
    Arm("relabelled", "the rules, for relabelled numbers", {"context": "rules"}, relabelled=True),
    Arm(
        "old words", "relabelled numbers, told as before", {"context": "rules", "prose": "plain"}, relabelled=True
    ),
)


@dataclass(frozen=True)
class Study:
    """What is run.

    Attributes:
        environment: its name.
        seeds: how many, the same for all arms.
        steps: of each seed.
        model: options of the principal llm that all arms share, by name.
        options: of the environment, by name.
        relabel: which relabelling.
        out: the folder that runs go to.
        workers: threads that evaluate; 0 for one a core.
        max_cost: US dollars that all arms may cost together; None for no limit.
    """

    environment: str
    seeds: int
    steps: int
    model: Mapping[str, Any]
    options: Mapping[str, Any]
    relabel: int
    out: Path
    workers: int = 0
    max_cost: float | None = None

    def model_options(self, arm: Arm) -> dict[str, Any]:
        """The options of the principal llm in an arm."""
        return {**self.model, **arm.options}

    def environment_options(self, arm: Arm) -> dict[str, Any]:
        """The options of the environment in an arm."""
        return {**self.options, **({"relabel": self.relabel} if arm.relabelled else {})}


@dataclass
class Runs:
    """The finished runs of a study.

    Attributes:
        arms: by name, in the order of ``ARMS``.
        baseline: the optimiser's; None if it is not installed.
    """

    arms: dict[str, Run] = field(default_factory=dict)
    baseline: Run | None = None

    def __iter__(self) -> Iterator[tuple[str, Run]]:
        """Names and runs, the optimiser's last."""
        yield from self.arms.items()
        if self.baseline is not None:
            yield BASELINE, self.baseline


def run_arms(study: Study, *, progress: bool, log: Callable[[str], None]) -> Runs:
    """Run what is not finished yet, and read what is.

    Args:
        study: what to run.
        progress: whether to show how each run goes on.
        log: is told, in a line each, which run begins.

    Raises:
        InputError: an option cannot be used.
        StopRunError: a model cannot be reached, or a limit is reached; the same call continues.
    """
    found = Runs()
    numbers: dict[str, Any] = {"seeds": study.seeds, "steps": study.steps, "out": study.out}
    numbers |= {"workers": study.workers, "progress": progress}
    spent = 0.0
    for arm in ARMS:
        log(f"{arm.name}: {arm.told}")
        options = study.model_options(arm)
        if study.max_cost is not None:
            options["max_cost"] = max(study.max_cost - spent, 0.0)
        found.arms[arm.name] = run(
            "llm",
            study.environment,
            principal_options=options,
            environment_options=study.environment_options(arm),
            **numbers,
        )
        spent += dollars(found.arms[arm.name])
    if BASELINE in registry().principals:
        log(f"{BASELINE}: an optimiser that is told nothing")
        found.baseline = run(BASELINE, study.environment, environment_options=study.options, **numbers)
    return found


def dollars(run: Run) -> float:
    """What a run cost, as far as prices were known."""
    return run.summary().costs.get("usd", 0.0)
