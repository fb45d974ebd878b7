"""Every kind of figure of runs, by the name that users give."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from policybench.errors import InputError, nearest
from policybench.plots.canvas import THEMES, drawn_runs
from policybench.plots.series import AXES
from policybench.plots.wanted import EVERYTHING_RAN, Wanted
from policybench.store import StoredRun

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FUNCTIONS = {
    "curves": "learning_curves:learning_curves",
    "actions": "actions_over_time:actions_over_time",
    "ecdf": "runtime_ecdf:runtime_ecdfs",
    "profile": "performance_profile:performance_profiles",
}

KINDS = tuple(_FUNCTIONS)


def draw(
    runs: Sequence[StoredRun],
    kind: str,
    theme: str,
    x: str | None = None,
    wanted: Wanted = EVERYTHING_RAN,
    *,
    convergence_lines: bool = False,
) -> Figure:
    """One figure of all these runs.

    Args:
        runs: at least one; the same run twice is drawn once.
        kind: one of ``KINDS``.
        theme: one of ``policybench.plots.canvas.THEMES``.
        x: one of ``policybench.plots.series.AXES``, for curves alone; None stands for steps.
        wanted: the order of panels, and the runs that are not there yet; for curves and actions alone.
        convergence_lines: whether curves have dashed lines at convergence payoffs, too.

    Raises:
        InputError: there is no such kind, theme or axis, or the runs cannot be drawn together.
    """
    chosen = [("kind", kind, KINDS), ("theme", theme, tuple(THEMES)), ("x", x or "steps", tuple(AXES))]
    for name, value, allowed in chosen:
        if value not in allowed:
            raise InputError(
                f"{name} {value!r}: there is none.{nearest(value, allowed)} Choose {', '.join(allowed)}."
            )
    if x is not None and kind != "curves":
        raise InputError(f"x {x!r}: is for curves; figures of the kind {kind} have one x axis")
    if convergence_lines and kind != "curves":
        raise InputError(f"convergence lines: are for curves; figures of the kind {kind} have none")
    module, _, function = _FUNCTIONS[kind].partition(":")
    distinct = {run.path.resolve(): run for run in runs}
    more: dict[str, Any] = {"wanted": wanted} if kind in ("curves", "actions") else {}
    if kind == "curves":
        more |= {"axis": x or "steps", "convergence_lines": convergence_lines}
    figure: Figure = getattr(import_module(f"policybench.plots.{module}"), function)(
        drawn_runs(list(distinct.values()), wanted.lines), theme, **more
    )
    return figure
