"""From names and options to a finished run: what the command line does, for use from Python too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from policybench.harness.plan import Request, choose, make_plan
from policybench.harness.runner import Progress, run
from policybench.store import RunFolder

__all__ = ["Request", "launch"]


def launch(
    request: Request,
    progress: Progress,
    *,
    fresh: bool = False,
    preparing: Callable[[Callable[[], None]], None] = lambda prepare: prepare(),
) -> Path:
    """Begin a run, continue it, or find it finished.

    Args:
        request: the run.
        progress: is told of each step.
        fresh: whether to start over.
        preparing: calls what it is given, which may take long, and may say so.

    Returns:
        The folder of the finished run.

    Raises:
        InputError: the request cannot be carried out as it is; the message says what to change.
        StopRunError: a principal cannot go on now; the same request continues the run.
    """
    plan = make_plan(request, choose(request))
    manifest = plan.manifest
    path = request.out / manifest.environment.variant / manifest.principal.variant / manifest.protocol.label
    with RunFolder(path) as folder:
        if fresh:
            folder.clear()
        if folder.open(manifest).status == "running":
            preparing(plan.environment.prepare)
            with plan.panel.attached(path, manifest.environment):
                run(plan, folder, progress)
    return path
