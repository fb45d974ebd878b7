"""The runs of a comparison, with the names that it gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from policybench.errors import InputError
from policybench.store import StoredRun, find_runs, load_run, load_runs
from policybench.suite.comparison_file import read_comparison
from policybench.suite.plan import PlannedRun, pairs_of


def named_runs(runs: Iterable[PlannedRun]) -> list[StoredRun]:
    """Finished runs, for tables and figures; principals and environments bear their labels.

    Raises:
        InputError: a file is damaged.
    """
    return [_named(load_run(run.path), run.principal, run.environment) for run in runs]


def load_named(roots: Sequence[Path], log: Callable[[str], None]) -> list[StoredRun]:
    """What ``load_runs`` reads, where a comparison's file stands for its own runs, which bear their labels.

    Args:
        roots: folders of runs, folders that hold some, and files whose names end in ``.toml``.
        log: is told, in a line each, which runs are left out and why.

    Raises:
        InputError: a file is wrong, or there is no run of one of them.
    """
    folders = [root for root in roots if root.suffix != ".toml" or root.is_dir()]
    named = [run for root in roots if root not in folders for run in _of_file(root, log)]
    others = load_runs(folders, log) if folders else []
    return list({run.path.resolve(): run for run in [*others, *named]}.values())


def _of_file(file: Path, log: Callable[[str], None]) -> list[StoredRun]:
    comparison = read_comparison(file)
    protocol, found = comparison.make_protocol(), []
    for pair in pairs_of(comparison, str(file), 1):
        wanted = []
        for path in find_runs(pair.folder):
            try:
                run = load_run(path)
            except InputError as error:
                log(f"left out: {error}")
                continue
            made = run.manifest.protocol
            if made.label == protocol.label(made.steps):
                wanted.append(run)
        if not wanted:
            log(f"left out: {pair.name}: there is no such run in {pair.folder}")
        found += [_named(run, *pair.labels) for run in wanted]
    if not found:
        raise InputError(f"{file}: none of its runs is there; make them with: policybench suite {file}")
    return found


def _named(stored: StoredRun, principal: str, environment: str) -> StoredRun:
    manifest = stored.manifest
    update = {
        "principal": manifest.principal.model_copy(update={"variant": principal}),
        "environment": manifest.environment.model_copy(update={"variant": environment}),
    }
    return replace(stored, manifest=manifest.model_copy(update=update))
