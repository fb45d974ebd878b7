"""The runs of a comparison, with the names that it gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from policybench.errors import InputError
from policybench.plots.wanted import Missing, Wanted
from policybench.protocol import Protocol, make_protocol
from policybench.store import StoredRun, find_runs, load_run
from policybench.suite.comparison_file import read_comparison
from policybench.suite.plan import Pair, PlannedRun, pairs_of


@dataclass(frozen=True)
class Sources:
    """Where the runs of comparisons are looked for, beside their own folders.

    Attributes:
        elsewhere: runs that stand in for those of a comparison, such as submissions.
        protocol: instead of the protocol of the comparison, with its own seeds and steps; empty to keep that.
    """

    elsewhere: Sequence[StoredRun] = ()
    protocol: str = ""


NOWHERE_ELSE = Sources()


def named_runs(runs: Iterable[PlannedRun]) -> list[StoredRun]:
    """Finished runs, for tables and figures; principals and environments bear their labels.

    Raises:
        InputError: a file is damaged.
    """
    return [_named(load_run(run.path), run.principal, run.environment) for run in runs]


def load_comparison(
    file: Path, log: Callable[[str], None], sources: Sources = NOWHERE_ELSE
) -> tuple[list[StoredRun], Wanted]:
    """The runs of a comparison, and what it wants to see.

    Args:
        file: of the comparison.
        log: is told, in a line each, which runs are left out and why.
        sources: where else to look.

    Raises:
        InputError: the file is wrong, or none of its runs is there.
    """
    comparison = read_comparison(file)
    protocol = make_protocol(sources.protocol) if sources.protocol else comparison.make_protocol()
    pairs = {pair: _of_pair(pair, protocol, sources.elsewhere, log) for pair in pairs_of(comparison, str(file), 1)}
    found = [_named(run, *pair.labels) for pair, runs in pairs.items() for run in runs]
    if not found:
        raise InputError(f"{file}: none of its runs is there; make them with: policybench suite {file}")
    # Where nothing ran, nobody knows how many steps an environment's own budget has.
    label = protocol.name if protocol.steps is None else protocol.label(protocol.steps)
    panels = {run.manifest.environment.variant: run.manifest.protocol.label for run in found}
    order = [(environment, panels.get(environment, label)) for _, environment in (pair.labels for pair in pairs)]
    missing = []
    for (pair, runs), panel in zip(pairs.items(), order, strict=True):
        if not runs:
            log(f"not run yet: {pair.name}")
            missing.append(Missing(pair.principal.name, pair.labels[0], panel))
    return found, Wanted(tuple(dict.fromkeys(order)), tuple(missing))


def _of_pair(
    pair: Pair, protocol: Protocol, elsewhere: Sequence[StoredRun], log: Callable[[str], None]
) -> list[StoredRun]:
    """The pair's runs under a protocol: those in the comparison's own folder, or else one from elsewhere."""
    own = []
    for path in find_runs(pair.folder):
        try:
            own.append(load_run(path))
        except InputError as error:
            log(f"left out: {error}")

    def fits(run: StoredRun) -> bool:
        made = run.manifest.protocol
        return made.label == protocol.label(made.steps)

    return list(filter(fits, own)) or [run for run in elsewhere if fits(run) and _is_of(run, pair)][:1]


def _is_of(run: StoredRun, pair: Pair) -> bool:
    """Whether a run is of the pair's two plugins with their options."""
    made = run.manifest.principal, run.manifest.environment
    return all(
        (one.name, one.variant, one.distribution) == (other.name, other.variant, other.distribution)
        for one, other in zip(made, pair.choice.entries, strict=True)
    )


def _named(stored: StoredRun, principal: str, environment: str) -> StoredRun:
    manifest = stored.manifest
    update = {
        "principal": manifest.principal.model_copy(update={"variant": principal}),
        "environment": manifest.environment.model_copy(update={"variant": environment}),
    }
    return replace(stored, manifest=manifest.model_copy(update=update))
