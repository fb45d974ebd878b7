"""How a run shows that it is alive: a live bar on a terminal or in a notebook, lines elsewhere, or nothing."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from policybench.arrays import Floats

_SECONDS_BETWEEN_LINES = 10.0
_LONGEST_BAR = 24


class Display:
    """Shows nothing; the base of those that do. A context manager."""

    def __enter__(self) -> Display:
        """Start to show."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Leave the terminal clean."""

    def preparing(self, prepare: Callable[[], None]) -> None:
        """Call what may take long, and show that it is under way."""
        prepare()

    def begin(self, payoffs: Floats, steps: int) -> None:
        """The loop starts after the steps that have payoffs, [n_done, n_seeds]."""
        self.begun = self.done = len(payoffs)
        self.steps = steps
        self.best = float(payoffs.mean(axis=1).max(initial=-float("inf")))
        self.timesteps = 0
        self.started = time.monotonic()

    def repeated(self, done: int, number: int) -> None:
        """So many of the steps since the last checkpoint are repeated."""

    def step(self, payoffs: Floats, timesteps: int) -> None:
        """A step was committed."""
        self.done += 1
        self.timesteps += timesteps
        self.now = float(payoffs.mean())
        self.best = max(self.best, self.now)
        self.show()

    def recommended(self, done: int, number: int) -> None:
        """So many of the final evaluations are done."""

    def show(self) -> None:
        """Show the present state."""

    def state(self) -> list[str]:
        """The present state, what matters most first."""
        elapsed = max(time.monotonic() - self.started, 1e-9)
        left = elapsed / (self.done - self.begun) * (self.steps - self.done)
        return [
            f"{_duration(left)} left",
            f"payoff {self.now:.4g}",
            f"best {self.best:.4g}",
            f"{self.timesteps / elapsed:,.0f} timesteps/s",
        ]


class PlainDisplay(Display):
    """Writes a line to standard error for the first and the last step, and every ten seconds."""

    def preparing(self, prepare: Callable[[], None]) -> None:
        """Say how long it took, if it took long."""
        started = time.monotonic()
        prepare()
        if (took := time.monotonic() - started) > 2:
            print(f"prepared in {took:.0f} s", file=sys.stderr)

    def begin(self, payoffs: Floats, steps: int) -> None:
        """Mention a run that goes on."""
        super().begin(payoffs, steps)
        self._last = -float("inf")
        if self.done:
            print(f"continuing after step {self.done} of {steps}", file=sys.stderr)

    def repeated(self, done: int, number: int) -> None:
        """Write a line if it is time, and none if it takes no time."""
        if not done:
            self._last = time.monotonic()
        elif time.monotonic() - self._last > _SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            print(_repeating(done, number), file=sys.stderr, flush=True)

    def recommended(self, done: int, number: int) -> None:
        """Write a line before the first."""
        if not done:
            print(f"evaluating the recommendations {number} times", file=sys.stderr, flush=True)

    def show(self) -> None:
        """Write a line if it is time."""
        if self.done == self.steps or time.monotonic() - self._last > _SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            print("  ".join([f"step {self.done}/{self.steps}", *self.state()]), file=sys.stderr, flush=True)


class LiveDisplay(Display):
    """A bar on standard error; a narrow terminal shows the part that matters most."""

    def __init__(self, console: Console) -> None:
        """Draw on this console."""
        self._console = console
        self._length = min(_LONGEST_BAR, console.width // 5)
        self._bar = Progress(
            TextColumn("step {task.completed}/{task.total}"),
            BarColumn(bar_width=self._length),
            TextColumn("{task.fields[state]}"),
            console=console,
        )
        self._task: TaskID | None = None

    def __exit__(self, *exception: object) -> None:
        """Leave the last state on the screen."""
        self._bar.stop()

    def preparing(self, prepare: Callable[[], None]) -> None:
        """Turn a spinner until it is done."""
        started = time.monotonic()
        with self._console.status("preparing the environment"):
            prepare()
        if (took := time.monotonic() - started) > 2:
            self._console.print(f"prepared in {took:.0f} s")

    def begin(self, payoffs: Floats, steps: int) -> None:
        """Show the bar."""
        super().begin(payoffs, steps)
        self._bar.start()
        self._task = self._bar.add_task("", total=steps, completed=self.done, state="")

    def repeated(self, done: int, number: int) -> None:
        """Say so beside the bar."""
        if self._task is not None:
            self._bar.update(self._task, state=_repeating(done, number))

    def recommended(self, done: int, number: int) -> None:
        """Say so beside the bar."""
        if self._task is not None:
            self._bar.update(self._task, state=f"evaluating the recommendations, {done} of {number}")

    def show(self) -> None:
        """Move the bar."""
        if self._task is not None:
            taken = len(f"step {self.steps}/{self.steps} ") + self._length + 1
            state = _fitted(self.state(), self._console.width - taken)
            self._bar.update(self._task, completed=self.done, state=state)


def _fitted(parts: Sequence[str], width: int) -> str:
    """As many parts, from the first on, as fit into so many characters; at least one."""
    count = 1
    while count < len(parts) and len("  ".join(parts[: count + 1])) <= width:
        count += 1
    return "  ".join(parts[:count])


def make_display(quiet: bool) -> Display:
    """The display that fits standard error."""
    if quiet:
        logging.getLogger("policybench").setLevel(logging.WARNING)
        return Display()
    console = Console(stderr=True)
    return LiveDisplay(console) if console.is_terminal or console.is_jupyter else PlainDisplay()


def _repeating(done: int, number: int) -> str:
    return f"repeating the steps since the last checkpoint, {done} of {number}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
