"""Expands a comparison to runs, and says where each of them stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from policybench.errors import ContractError, InputError, PluginError, nearest
from policybench.harness.plan import Choice, Request, choose, make_plan
from policybench.options import parse_options
from policybench.parts import Part
from policybench.plugins import registry
from policybench.store import Manifest
from policybench.store.manifest import PartEntry
from policybench.store.names import MANIFEST, STEPS
from policybench.store.reading import read_manifest
from policybench.store.run_folder import check_configuration
from policybench.suite.comparison import Chosen, ChosenPrincipal, Comparison

PARTS = ".parts"
"""The folder, in that of a run, in which its parts are kept until they are joined."""


@dataclass(frozen=True)
class PlannedRun:
    """One principal on one environment.

    Attributes:
        principal: as tables call it.
        environment: as tables call it.
        request: how to make it.
        manifest: what it is made with.
        path: its folder.
        in_one_piece: whether its principals share something between seeds.
        finished: whether it is there already.
        done: steps of seeds that were done before, in all of its pieces; of ``total``.
    """

    principal: str
    environment: str
    request: Request
    manifest: Manifest
    path: Path
    in_one_piece: bool
    finished: bool
    done: int

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.principal} on {self.environment}"

    @property
    def total(self) -> int:
        """Steps of all seeds."""
        return self.manifest.protocol.steps * len(self.manifest.protocol.seeds)

    def begun_parts(self) -> int | None:
        """In how many parts it was begun; None if it was begun in one piece, or not at all."""
        for path in sorted((self.path / PARTS).glob(f"*/{MANIFEST}")):
            if part := read_manifest(path).protocol.part:
                return part.count
        return None

    def parts(self, seeds_a_part: int | None) -> list[Part | None]:
        """The pieces to make it in; None stands for the whole run, which is the only piece then.

        A run that was begun goes on in the pieces that it was begun in.

        Args:
            seeds_a_part: how many seeds a part should have; None for one piece.
        """
        count = self.begun_parts()
        if count is None:
            begun = (self.path / STEPS).is_file()
            if self.in_one_piece or begun or seeds_a_part is None:
                return [None]
            count = -(-len(self.manifest.protocol.seeds) // seeds_a_part)
        return [Part(number, count) for number in range(1, count + 1)]

    def part_manifest(self, part: Part) -> Manifest:
        """What a part of it is made with."""
        protocol = self.manifest.protocol
        entry = PartEntry(number=part.number, count=part.count, seeds=protocol.seeds)
        seeds, label = part.seeds(len(protocol.seeds)), f"{protocol.label}-{part.suffix}"
        changed = protocol.model_copy(update={"part": entry, "seeds": seeds, "label": label})
        return self.manifest.model_copy(update={"protocol": changed})


def plan_runs(
    comparison: Comparison, source: str, workers: int, refuse: Callable[[str, bool], None]
) -> list[PlannedRun]:
    """The runs of a comparison: all environments, and for each of them all principals.

    Args:
        comparison: what is asked for.
        source: where it comes from, for messages: a file, or the command line.
        workers: threads of each run.
        refuse: is told of each pair that is left out: in one line why, and whether that is a failure. It is none
            if the two cannot work together.

    Raises:
        InputError: a name or an option is wrong, a run is named twice, or no pair can work together.
    """
    runs: dict[str, PlannedRun] = {}
    for pair in pairs_of(comparison, source, workers):
        try:
            manifest = _manifest(pair)
        except InputError as error:
            refuse(f"left out: {pair.name}: {error}", False)
            continue
        except (PluginError, ContractError) as error:
            refuse(f"failed: {pair.name}: {error}", True)
            continue
        try:
            run = _planned(pair, manifest)
        except InputError as error:
            refuse(f"failed: {pair.name}: {error}", True)
            continue
        if run.name in runs or any(run.path == other.path for other in runs.values()):
            raise InputError(f"{source}: {run.name} is named twice")
        runs[run.name] = run
    if not runs:
        raise InputError(f"{source}: none of the pairs of principal and environment can be run")
    return list(runs.values())


@dataclass(frozen=True, eq=False)
class Pair:
    """A principal and an environment of a comparison, which may or may not work together.

    Attributes:
        principal: as the comparison has it.
        environment: as the comparison has it.
        request: how to make the run.
        choice: the plugins, and the values of their options.
    """

    principal: ChosenPrincipal
    environment: Chosen
    request: Request
    choice: Choice

    @property
    def labels(self) -> tuple[str, str]:
        """What tables call the two."""
        principal, environment = self.choice.entries
        return self.principal.label or principal.variant, self.environment.label or environment.variant

    @property
    def name(self) -> str:
        """For messages."""
        return " on ".join(self.labels)

    @property
    def folder(self) -> Path:
        """Where the runs of the two are, under any protocol."""
        principal, environment = self.choice.entries
        return self.request.out / environment.variant / principal.variant


def pairs_of(comparison: Comparison, source: str, workers: int) -> list[Pair]:
    """All pairs of a comparison: all environments, and for each of them all principals.

    Raises:
        InputError: a name or an option is wrong.
    """
    _check_options("principal", comparison.principal, source)
    _check_options("environment", comparison.environment, source)
    _check_places(comparison, source)
    return [
        Pair(principal, environment, request, _choose(request, source))
        for environment in comparison.environment
        for principal in comparison.principal
        if principal.runs_on(environment)
        for request in [_request(comparison, principal, environment, workers)]
    ]


def _request(comparison: Comparison, principal: ChosenPrincipal, environment: Chosen, workers: int) -> Request:
    return Request(
        principal.name,
        environment.name,
        comparison.make_protocol(),
        principal.options,
        environment.options | principal.environment_options,
        comparison.folder,
        workers,
    )


def _check_options(kind: Literal["principal", "environment"], entries: Sequence[Chosen], source: str) -> None:
    """Refuse options by their places in the file, which a request does not know."""
    plugins = registry()
    find = plugins.principal if kind == "principal" else plugins.environment
    for number, entry in enumerate(entries, 1):
        try:
            declared = find(entry.name).spec.options
            parse_options(f"{kind} {entry.name}", f"{kind} {number}, options.", entry.options, declared)
        except InputError as error:
            raise InputError(f"{source}: {error}") from None


def _check_places(comparison: Comparison, source: str) -> None:
    """Refuse places that are not among the environments, and options that one of the places has not."""
    known = [name for found in comparison.environment for name in (found.name, found.label) if name]
    for number, principal in enumerate(comparison.principal, 1):
        if wrong := [name for name in principal.on if name not in known]:
            raise InputError(
                f"{source}: principal {number}, on: {wrong[0]!r} is none of the environments."
                f"{nearest(wrong[0], known)} Allowed: {', '.join(dict.fromkeys(known))}"
            )
        for environment in filter(principal.runs_on, comparison.environment):
            where, name = f"principal {number}, environment_options.", environment.name
            try:
                declared = registry().environment(name).spec.options
                parse_options(f"environment {name}", where, principal.environment_options, declared)
            except InputError as error:
                raise InputError(f"{source}: {error}") from None


def _choose(request: Request, source: str) -> Choice:
    try:
        return choose(request)
    except InputError as error:
        raise InputError(f"{source}: {error}") from None


def _manifest(pair: Pair) -> Manifest:
    # One thread is enough to see whether the two fit, and what their manifest says.
    with make_plan(replace(pair.request, workers=1), pair.choice) as plan:
        return plan.manifest


def _planned(pair: Pair, manifest: Manifest) -> PlannedRun:
    path = pair.folder / manifest.protocol.label
    finished = False
    if (path / MANIFEST).is_file():
        found = read_manifest(path / MANIFEST)
        check_configuration(path, found, manifest)
        finished = found.status == "finished"
    done = sum(map(_lines, [path / STEPS, *(path / PARTS).glob(f"*/{STEPS}")]))
    in_one_piece = pair.choice.principal.spec.shares_between_seeds
    run = PlannedRun(*pair.labels, pair.request, manifest, path, in_one_piece, finished, 0)
    return replace(run, done=run.total if finished else min(done, run.total))


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.is_file() else 0


def order_of(runs: Sequence[PlannedRun]) -> list[PlannedRun]:
    """Those that are not finished: begun ones first, which free their folders the sooner."""
    return sorted((run for run in runs if not run.finished), key=lambda run: not run.done)
