"""What all figures share: themes, sizes, lines, and how a figure becomes a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from policybench.errors import InputError
from policybench.plots.palette import Style, styles
from policybench.plots.wanted import EVERYTHING_RAN, Panel, Wanted
from policybench.store import StoredRun

FORMATS = ("png", "svg", "pdf")

COLUMN = 3.4
"""Width of a panel in inches: a column of a paper in two columns."""

DPI = 200
"""Pixels an inch of figures that are pictures, in files and in notebooks."""

_DASHES: dict[str, Any] = {
    "solid": "-",
    "dash": (0, (5, 2)),
    "dot": (0, (1, 1.3)),
    "dashdot": (0, (5, 1.5, 1, 1.5)),
}


@dataclass(frozen=True)
class Theme:
    """Colours of everything but the lines."""

    paper: str
    ink: str
    faint: str


THEMES = {"light": Theme("#ffffff", "#1c1c1c", "#8a8a8a"), "dark": Theme("#14161a", "#e8e8e8", "#8d939c")}
"""The themes of figures, by name: for white paper, and for near-black."""


@dataclass(frozen=True)
class DrawnRun:
    """A run with its style and the name that legends call it by."""

    stored: StoredRun
    style: Style
    label: str

    @property
    def oracle(self) -> bool:
        """Whether it is a reference and no competitor: its principal notes ``"oracle": true`` at every step."""
        return bool(self.stored.steps) and self.stored.steps[-1].notes.get("oracle") is True

    @property
    def panel(self) -> Panel:
        """Environment and protocol: what may share a panel."""
        return self.stored.manifest.environment.variant, self.stored.manifest.protocol.label


def drawn_runs(runs: Sequence[StoredRun], missing: Iterable[tuple[str, str]] = ()) -> list[DrawnRun]:
    """Runs with their styles, in the order of their names; an unfinished one is labelled so.

    Args:
        runs: to draw.
        missing: name and label of principals whose runs will be drawn beside them one day.

    Raises:
        InputError: two runs are of one principal on one environment under one protocol, and would look alike.
    """
    known: dict[tuple[str, str, str], Path] = {}
    for run in runs:
        manifest = run.manifest
        key = manifest.principal.variant, manifest.environment.variant, manifest.protocol.label
        if other := known.get(key):
            raise InputError(f"{other} and {run.path}: are both of {' '.join(key)}; give one of the two")
        known[key] = run.path
    entries = [(run.manifest.principal.name, run.manifest.principal.variant) for run in runs]
    found = styles([*entries, *missing])
    return [
        DrawnRun(run, found[entry], entry[1] + ("" if run.manifest.status == "finished" else " (unfinished)"))
        for entry, run in sorted(zip(entries, runs, strict=True), key=lambda pair: pair[0])
    ]


def panels(runs: Iterable[DrawnRun], wanted: Wanted = EVERYTHING_RAN) -> dict[Panel, list[DrawnRun]]:
    """Runs by environment and protocol, in the order of their names, or in the wanted one."""
    grouped: dict[Panel, list[DrawnRun]] = {}
    for run in runs:
        grouped.setdefault(run.panel, []).append(run)
    return {panel: grouped.get(panel, []) for panel in wanted.ordered(grouped)}


class Picture(Figure):
    """A figure that a notebook shows without pyplot."""

    def _repr_png_(self) -> bytes:
        """The figure as a notebook shows it."""
        content = BytesIO()
        self.savefig(content, facecolor=self.get_facecolor())
        return content.getvalue()


def new_figure(width: float, height: float, theme: str) -> Figure:
    """An empty figure, in inches, with text at the size that papers print."""
    with themed(theme):
        return Picture(figsize=(width, height), layout="constrained", facecolor=THEMES[theme].paper, dpi=DPI)


@contextmanager
def themed(theme: str) -> Iterator[None]:
    """The context that figures are drawn and saved in: a theme's settings, and Matplotlib's defaults.

    What a user has set for figures of their own does not reach these.
    """
    colours = THEMES[theme]
    chosen: Any = {
        "font.size": 8,
        "axes.titlesize": 8.5,
        "axes.labelsize": 8,
        "xtick.labelsize": 7,
        "ytick.labelsize": 7,
        "legend.fontsize": 7,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": colours.faint,
        "axes.facecolor": colours.paper,
        "axes.labelcolor": colours.ink,
        "text.color": colours.ink,
        "xtick.color": colours.ink,
        "ytick.color": colours.ink,
        "legend.frameon": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "policybench",
        "text.parse_math": False,
    }
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(chosen)
        yield


def line_style(style: Style) -> dict[str, Any]:
    """A style as Matplotlib's keywords."""
    return {"color": style.colour, "linestyle": _DASHES[style.dash]}


def legend(figure: Figure, runs: Iterable[DrawnRun]) -> None:
    """One legend below all panels; a label stands once."""
    entries = {run.label: Line2D([], [], linewidth=1.5, **line_style(run.style)) for run in runs}
    if not entries:
        return
    room = int(figure.get_size_inches()[0] * 17)
    labels = [shortened(label, room - 8) for label in entries]
    columns = max(1, room // (max(map(len, labels)) + 5))
    figure.legend(list(entries.values()), labels, loc="outside lower center", ncols=min(columns, len(entries)))


def shortened(text: str, longest: int) -> str:
    """The text, without so much of its middle that it fits; beginning and end tell variants apart.

    >>> shortened("llm-temperature=0.01", 11)
    'llm-t…=0.01'
    """
    if len(text) <= longest:
        return text
    return f"{text[: longest // 2]}…{text[-(longest - longest // 2 - 1) :]}"


def panel_title(environment: str, protocol: str) -> str:
    """The title of a panel that is ``COLUMN`` wide."""
    text = f", protocol {protocol}"
    return shortened(environment, max(40 - len(text), 8)) + text


def nothing_yet(axes: Axes, theme: str) -> None:
    """A panel that has no run: it says so, and has no numbers that would mean nothing."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(0.5, 0.5, "not run yet", transform=axes.transAxes, ha="center", color=THEMES[theme].faint)


def level(axes: Axes, payoff: float, text: str, theme: str, *, above: bool, gap: float = 9) -> None:
    """A faint horizontal line with its name so many points beside the panel, above or below the line's height."""
    colour = THEMES[theme].faint
    axes.axhline(payoff, color=colour, linewidth=0.7, zorder=0)
    axes.annotate(
        text,
        (1, payoff),
        xycoords=("axes fraction", "data"),
        xytext=(gap, 0.5 if above else -0.5),
        textcoords="offset points",
        ha="left",
        va="bottom" if above else "top",
        fontsize=6,
        linespacing=0.95,
        color=colour,
        annotation_clip=False,
    )


def oracle_level(axes: Axes, payoff: float, text: str, theme: str) -> None:
    """A faint dashed line with its name at the left end, inside the panel."""
    colour = THEMES[theme].faint
    axes.axhline(payoff, color=colour, linewidth=1.0, linestyle="--", zorder=0)
    name = axes.annotate(
        text,
        (0.01, payoff),
        xycoords=("axes fraction", "data"),
        xytext=(0, 2.2),
        textcoords="offset points",
        fontsize=6,
        color=colour,
        # An outline, not a box: a box would hide the beginnings of the curves.
        path_effects=[withStroke(linewidth=1.4, foreground=THEMES[theme].paper)],
        zorder=4,
    )
    name.set_in_layout(False)


def check_format(path: Path) -> None:
    """Raises ``InputError`` unless the file's name ends in a format that can be written."""
    if path.suffix.lower().lstrip(".") not in FORMATS:
        found = path.suffix or "a file without an extension"
        raise InputError(f"-o {path}: cannot write {found}; allowed are .png, .svg and .pdf")


def save(figure: Figure, path: Path, theme: str) -> None:
    """Write a figure; the same figure makes the same bytes."""
    kind = path.suffix.lower().lstrip(".")
    check_format(path)
    timeless: dict[str, Any] = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with themed(theme):
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=DPI, facecolor=figure.get_facecolor(), metadata=timeless[kind])
