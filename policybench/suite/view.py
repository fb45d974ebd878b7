"""Shows how the runs of a suite go on: a live table on a terminal, lines elsewhere, or nothing."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from policybench.suite.durations import duration
from policybench.suite.progress import RunProgress

_SECONDS_BETWEEN_LINES = 10.0


class SuiteView:
    """Shows failures alone; the base of those that show more. A context manager."""

    def __enter__(self) -> SuiteView:
        """Begin to show."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the terminal clean."""

    def show(self, runs: Sequence[RunProgress]) -> None:
        """Something may have changed."""

    def say(self, line: str) -> None:
        """A line that is to stay."""
        print(f"policybench: {line}", file=sys.stderr, flush=True)


class PlainView(SuiteView):
    """A line for each run that begins or ends, and every ten seconds one for each that is under way."""

    def __init__(self) -> None:
        """Begin with no run."""
        self._status: dict[str, str] = {}
        self._last = time.monotonic()

    def show(self, runs: Sequence[RunProgress]) -> None:
        """Write lines if it is time."""
        due = time.monotonic() - self._last > _SECONDS_BETWEEN_LINES
        if due:
            self._last = time.monotonic()
        for progress in runs:
            name, before = progress.run.name, self._status.get(progress.run.name, "waiting")
            self._status[name] = progress.status
            if (progress.status != before and progress.status in ("running", "finished")) or (
                due and progress.status == "running"
            ):
                print(f"{name}: {', '.join(filter(None, _cells(progress)))}", file=sys.stderr, flush=True)


class LiveView(SuiteView):
    """A table on a terminal, a row a run."""

    def __init__(self, console: Console) -> None:
        """Draw on this console."""
        self._console = console
        self._live = Live(console=console, auto_refresh=False)
        self._shown = -float("inf")

    def __enter__(self) -> LiveView:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the last table on the screen."""
        self._live.stop()

    def show(self, runs: Sequence[RunProgress]) -> None:
        """Draw the table anew, some times a second."""
        under_way = any(progress.status in ("running", "waiting") for progress in runs)
        if under_way and time.monotonic() - self._shown < 0.25:
            return
        self._shown = time.monotonic()
        self._live.update(table_of(runs, self._console.height - 2), refresh=True)

    def say(self, line: str) -> None:
        """Write above the table."""
        self._console.print(f"policybench: {line}", markup=False, highlight=False)


def table_of(runs: Sequence[RunProgress], height: int) -> Table:
    """The runs as a table; where there are more than fit, those under way and some of the others."""
    order = {"running": 0, "failed": 1, "stopped": 1, "waiting": 2, "finished": 3}
    room = max(height - 2, 1)
    kept = set(map(id, sorted(runs, key=lambda progress: order[progress.status])[:room]))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("principal", "environment"):
        table.add_column(name, overflow="fold")
    for name in ("step", "payoff", "left"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("")
    for progress in runs:
        if id(progress) in kept:
            table.add_row(progress.run.principal, progress.run.environment, *_columns(progress))
    if len(kept) < len(runs):
        table.caption = f"and {len(runs) - len(kept)} more"
    return table


def make_view(quiet: bool) -> SuiteView:
    """The view that fits standard error."""
    if quiet:
        logging.getLogger("policybench").setLevel(logging.WARNING)
        return SuiteView()
    console = Console(stderr=True)
    return LiveView(console) if console.is_terminal else PlainView()


def _columns(progress: RunProgress) -> tuple[str, str, str, str]:
    payoff, left = progress.payoff, progress.seconds_left
    shows_left = progress.status == "running" and left is not None
    return (
        f"{progress.steps}/{progress.run.manifest.protocol.steps}",
        "" if payoff is None else f"{payoff:.4g}",
        duration(left) if shows_left and left is not None else "",
        progress.doing if progress.status == "running" and progress.doing else progress.status,
    )


def _cells(progress: RunProgress) -> list[str]:
    step, payoff, left, status = _columns(progress)
    return [
        f"step {step}",
        payoff and f"payoff {payoff}",
        left and f"{left} left",
        status if status != "running" else "",
    ]
