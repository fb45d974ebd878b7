"""From names and options to a finished run: what the command line does, for use from Python too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from policybench.blame import keep_traceback
from policybench.errors import PluginError
from policybench.harness.plan import Request, RunPlan, choose, make_plan
from policybench.harness.runner import Progress, run
from policybench.observer import Observer
from policybench.store import RunFolder
from policybench.store.names import MANIFEST, TRACEBACK
from policybench.store.reading import read_manifest
from policybench.store.run_folder import check_configuration

__all__ = ["Request", "launch"]


def launch(
    request: Request,
    progress: Progress,
    *,
    fresh: bool = False,
    preparing: Callable[[Callable[[], None]], None] = lambda prepare: prepare(),
    observers: Sequence[Observer] = (),
) -> Path:
    """Begin a run, continue it, or find it finished.

    Args:
        request: the run.
        progress: is told of each step.
        fresh: whether to start over.
        preparing: calls what it is given, which may take long, and may say so.
        observers: are told of the steps, unless the run is found finished.

    Returns:
        The folder of the finished run.

    Raises:
        InputError: the request cannot be carried out as it is; the message says what to change.
        StopRunError: a principal cannot go on now; the same request continues the run.
        PluginError: principal or environment failed; the message names the file that has the traceback.
        ContractError: principal or environment did what it must not do.
    """
    choice = choose(request)
    principal, environment = choice.entries
    folder = request.out / environment.variant / principal.variant
    try:
        with make_plan(request, choice) as plan:
            folder /= plan.manifest.protocol.label
            if fresh or not _is_finished(folder, plan):
                _carry_out(plan, folder, progress, fresh, preparing, observers)
    except PluginError as error:
        raise _with_traceback(error, folder / TRACEBACK) from error
    return folder


def _is_finished(path: Path, plan: RunPlan) -> bool:
    """Whether the run is finished; looked up without a lock, for which the folder would have to be writable."""
    if not (path / MANIFEST).is_file():
        return False
    found = read_manifest(path / MANIFEST)
    check_configuration(path, found, plan.manifest)
    return found.status == "finished"


def _carry_out(
    plan: RunPlan,
    path: Path,
    progress: Progress,
    fresh: bool,
    preparing: Callable[[Callable[[], None]], None],
    observers: Sequence[Observer],
) -> None:
    with RunFolder(path) as folder:
        if fresh:
            folder.clear()
        found = folder.open(plan.manifest)
        if found.status == "running":
            preparing(plan.environment.prepare)
            with plan.panel.attached(path, plan.manifest.environment, plan.manifest.protocol.steps):
                run(plan, folder, found, progress, observers)


def _with_traceback(error: PluginError, path: Path) -> PluginError:
    """The same error, with the file that its traceback is kept in."""
    with suppress(OSError):
        keep_traceback(error, path)
        return PluginError(f"{error}; its traceback is in {path}")
    return error
