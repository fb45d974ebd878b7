"""The runs of a comparison, with the names that it gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from policybench.errors import InputError
from policybench.plots.wanted import Missing, Wanted
from policybench.protocol import Protocol, make_protocol
from policybench.store import StoredRun, find_runs, load_run
from policybench.suite.comparison_file import read_comparison
from policybench.suite.plan import Pair, PlannedRun, pairs_of

if TYPE_CHECKING:
    from policybench.leaderboard.unpacking import IsWanted, Made


@dataclass(frozen=True)
class Sources:
    """Where the runs of comparisons are looked for, beside their own folders.

    Attributes:
        find: finds those runs, among submissions for example, that may stand in for runs of a comparison. It is
            given what tells whether a run may, and may leave out all others.
        protocol: instead of the protocol of the comparison, with its own seeds and steps; empty to keep that.
    """

    find: Callable[[IsWanted], Sequence[StoredRun]] = lambda _: ()
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
    wanted = pairs_of(comparison, str(file), 1)
    elsewhere = sources.find(lambda made: any(_is_of(made, pair, protocol) for pair in wanted))
    pairs = {pair: _of_pair(pair, protocol, elsewhere, log) for pair in wanted}
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

    here = [run for run in own if _is_under(run.manifest, protocol)]
    return here or [run for run in elsewhere if _is_of(run.manifest, pair, protocol)][:1]


def _is_under(made: Made, protocol: Protocol) -> bool:
    return made.protocol.label == protocol.label(made.protocol.steps)


def _is_of(made: Made, pair: Pair, protocol: Protocol) -> bool:
    """Whether a run is of the pair's two plugins with their options, under a protocol."""
    return _is_under(made, protocol) and all(
        (one.name, one.variant, one.distribution) == (other.name, other.variant, other.distribution)
        for one, other in zip((made.principal, made.environment), pair.choice.entries, strict=True)
    )


def _named(stored: StoredRun, principal: str, environment: str) -> StoredRun:
    manifest = stored.manifest
    update = {
        "principal": manifest.principal.model_copy(update={"variant": principal}),
        "environment": manifest.environment.model_copy(update={"variant": environment}),
    }
    return replace(stored, manifest=manifest.model_copy(update=update))
