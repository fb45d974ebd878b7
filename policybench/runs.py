"""Runs from Python, for notebooks and scripts: start them, read them, compare them.

``run`` does what ``policybench run`` does, ``load`` what ``policybench results`` reads, ``compare`` what
``policybench compare`` does. All three are names of ``policybench`` itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policybench.errors import InputError
from policybench.store import StoredRun, load_run, search

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from policybench.analysis.comparison import Comparison
    from policybench.analysis.summary import Summary
    from policybench.observer import Observer
    from policybench.store import Manifest


class Run:
    """One principal on one environment under one protocol, as its folder holds it, finished or not."""

    def __init__(self, path: str | Path) -> None:
        """Read the run in this folder.

        Raises:
            InputError: there is no run, or a file of it is damaged.
        """
        self._stored: StoredRun = load_run(_path(path))

    def __repr__(self) -> str:
        """What it is a run of, and whether it is finished."""
        manifest = self.manifest
        names = f"{manifest.principal.variant} on {manifest.environment.variant}, {manifest.protocol.label}"
        return f"<Run: {names}, {manifest.status}>"

    @property
    def path(self) -> Path:
        """Its folder."""
        return self._stored.path

    @property
    def manifest(self) -> Manifest:
        """What it was made with: plugins, options, seeds, budget, versions, machine."""
        return self._stored.manifest

    @property
    def finished(self) -> bool:
        """Whether every step is done and the recommendations are evaluated."""
        return self.manifest.status == "finished"

    @property
    def steps(self) -> pd.DataFrame:
        """One row per step and seed; the columns are those of ``policybench.analysis.frames.steps_frame``.

        Raises:
            ImportError: pandas is not installed.
        """
        from policybench.analysis.frames import steps_frame

        return steps_frame(self._stored.steps)

    @property
    def final(self) -> pd.DataFrame:
        """A row an evaluation of the final recommendations; empty while the run is unfinished.

        Raises:
            ImportError: pandas is not installed.
        """
        from policybench.analysis.frames import final_frame

        return final_frame(self._stored.final)

    def summary(self) -> Summary:
        """The run in a few numbers, with 95% intervals over seeds."""
        from policybench.analysis.summary import summary_of

        return summary_of(self._stored)

    def plot(self, *others: Run, kind: str = "curves", theme: str = "light", x: str | None = None) -> Figure:
        """Draw it, alone or beside other runs.

        Args:
            others: runs that share the figure; a principal has the same colour in every figure.
            kind: ``curves``, ``actions``, ``ecdf`` or ``profile``, as for ``policybench plot``.
            theme: ``light`` or ``dark``.
            x: what curves are drawn over: principal ``steps``, as they are unless it is given, or validation
                ``timesteps``.

        Returns:
            A Matplotlib figure; a notebook shows it, ``savefig`` writes it.

        Raises:
            InputError: there is no such kind, theme or axis, or nothing to draw.
        """
        from policybench.plots.kinds import draw

        return draw([self._stored, *(other._stored for other in others)], kind, theme, x)


def run(
    principal: str,
    environment: str,
    *,
    protocol: str = "quick",
    seeds: int | None = None,
    steps: int | None = None,
    part: str | None = None,
    principal_options: Mapping[str, Any] | None = None,
    environment_options: Mapping[str, Any] | None = None,
    out: str | Path = "runs",
    workers: int = 0,
    fresh: bool = False,
    progress: bool = False,
    observe: Mapping[str, Mapping[str, Any]] | Sequence[Observer] = (),
) -> Run:
    """Let a principal govern an environment: what ``policybench run`` does.

    Called again with the same arguments it continues a run that was interrupted, and reads a finished one.

    Args:
        principal: its name; ``policybench list principals`` shows all.
        environment: its name; ``policybench list environments`` shows all.
        protocol: ``smoke``, ``quick`` or ``paper``.
        seeds: number of seeds, instead of the protocol's.
        steps: principal steps, instead of the protocol's.
        part: ``"3/5"`` runs the seeds of the third of five parts, which ``policybench merge`` joins.
        principal_options: values by name, such as ``{"c": 0.2}``.
        environment_options: likewise.
        out: the folder that runs go to; each has a folder of its own below it.
        workers: threads to evaluate with; 0 stands for one a core. It changes no result.
        fresh: whether to start over.
        progress: whether to show steps, payoff and time left, on a terminal, in a notebook, or as lines.
        observe: who is told how the run goes: options of installed observers by their names, such as
            ``{"tensorboard": {"folder": "tracked"}}``, or observers of your own.

    Returns:
        The finished run.

    Raises:
        InputError: an argument is not allowed; the message says what is.
        StopRunError: a principal cannot go on now; the same call continues the run.
    """
    from policybench.harness.display import Display, make_display
    from policybench.harness.launch import Request, launch
    from policybench.harness.observer_options import made
    from policybench.parts import parse_part
    from policybench.protocol import make_protocol

    for name, options in (
        ("principal_options", principal_options),
        ("environment_options", environment_options),
    ):
        if not isinstance(options, Mapping | None):
            raise InputError(f"{name} {options!r}: takes values by name, such as {{'c': 0.2}}")
    request = Request(
        principal,
        environment,
        make_protocol(protocol, seeds, steps, None if part is None else parse_part(part)),
        principal_options or {},
        environment_options or {},
        _path(out),
        workers,
    )
    observers = made(observe, "observe:") if isinstance(observe, Mapping) else list(observe)
    with make_display(quiet=False) if progress else nullcontext(Display()) as display:
        return Run(launch(request, display, fresh=fresh, preparing=display.preparing, observers=observers))


def load(*roots: str | Path) -> list[Run]:
    """All runs in these folders and below them, finished or not, in the order of their paths.

    Parts of a run that is there as a whole are left out, unless their own folders are named.

    Raises:
        InputError: there is no run in one of them, or a run is damaged.
    """
    return [Run(path) for path in search([_path(root) for root in roots or ("runs",)])]


def compare(one: Run | str | Path, other: Run | str | Path) -> Comparison:
    """Hold two finished runs of one environment against each other: what ``policybench compare`` does.

    Args:
        one: a run, its folder, a folder that holds no other, or the file of a submission.
        other: likewise.

    Raises:
        InputError: a run is unfinished, or the two are of different environments or budgets.
    """
    from policybench.analysis import comparison
    from policybench.leaderboard.unpacking import one_run

    return comparison.compare(
        *(each._stored if isinstance(each, Run) else one_run(_path(each)) for each in (one, other))
    )


def _path(given: Any) -> Path:
    if not isinstance(given, str | PathLike):
        raise InputError(f"{given!r}: takes a path")
    return Path(given)
