"""From what a user asked for to a study."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from policybench import InputError
from policybench.options import parse_options
from policybench.plugins import registry
from policybench_llm.prior.arms import Study

_OURS = {"-p": ("model", "context", "prose", "max_cost"), "-e": ("relabel",)}
"""Options that the arms set, or that the command has a name of its own for."""


def make_study(
    *,
    environment: str,
    model: str,
    seeds: int,
    steps: int,
    relabel: int,
    max_cost: float | None,
    principal_options: Sequence[str],
    environment_options: Sequence[str],
    out: Path,
    workers: int,
) -> Study:
    """A study, its options checked; the arguments are those of the command.

    Raises:
        InputError: an option is not allowed, or is one that the arms differ in.
    """
    plugins = registry()
    spec = plugins.environment(environment).spec
    for flag, given in (("-p", principal_options), ("-e", environment_options)):
        for text in given:
            if text.partition("=")[0] in _OURS[flag]:
                raise InputError(
                    f"{flag} {text}: is set for each arm by the command itself; there are --model, --relabel and "
                    "--max-cost"
                )
    declared = plugins.principal("llm").spec.options
    texts = [f"model={model}", *principal_options]
    return Study(
        environment=environment,
        seeds=seeds,
        steps=steps,
        model=parse_options("principal llm", "-p", texts, declared),
        options=parse_options(f"environment {environment}", "-e", environment_options, spec.options),
        relabel=relabel,
        out=out,
        workers=workers,
        max_cost=max_cost,
    )
