"""Figures as Plotly's JSON: plain dicts of traces and layout; ``report.js`` draws them and adds the theme.

A trace's ``meta`` lists its tags; it is visible while every tag's checkbox on the page is ticked. Names are
escaped here because Plotly reads a few HTML tags in labels.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from policybench.arrays import Floats
from policybench.plots.palette import COLOURS, Style, translucent
from policybench.plots.series import AXES, ActionSeries, LearningCurve, learning_curve, payoff_range
from policybench.report.runs import ReportRun

Figure = dict[str, Any]

_DIGITS = 5


def learning_curves(runs: Sequence[ReportRun], lines: Iterable[tuple[str, float]] = ()) -> Figure:
    """Payoff over principal steps: mean over seeds, its interval, and every seed.

    Args:
        runs: of one environment under one protocol.
        lines: horizontal ones, such as floor and ceiling: text and payoff.
    """
    traces: list[Figure] = []
    curves = []
    for run in runs:
        curve = learning_curve(run.stored)
        if curve is not None:
            curves.append(curve)
            traces += curve_traces(curve, run.slug, run.label, run.style, run.stored.manifest.protocol.seeds)
    return curves_figure(traces, curves, lines)


def curve_traces(
    curve: LearningCurve, tag: str, label: str, drawn: Style, seeds: Sequence[int] = ()
) -> list[Figure]:
    """The traces of one learning curve: its interval, every seed, and its mean.

    Args:
        curve: what to draw.
        tag: of all these traces.
        label: the principal's name.
        drawn: colour and dashes.
        seeds: numbers of the curve's seeds; none to leave their lines out.
    """
    traces: list[Figure] = []
    x, own = _rounded(curve.steps), [tag]
    shade = {"x": x, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "meta": [*own, "interval"]}
    if curve.low and curve.high:
        traces.append({**shade, "y": _rounded(curve.low)})
        fill = translucent(drawn.colour, 0.16)
        traces.append({**shade, "y": _rounded(curve.high), "fill": "tonexty", "fillcolor": fill})
    for seed, values in zip(seeds, curve.seeds if seeds else (), strict=True):
        line = _line(x, values, f"{label}, seed {seed}", drawn, 0.9)
        traces.append({**line, "opacity": 0.55, "meta": [*own, "seeds"]})
    mean = _line(x, curve.mean, label, drawn, 2.4)
    hover = _hover(" (%{customdata:,.6~g} validation timesteps)")
    return [*traces, {**mean, "customdata": _rounded(curve.timesteps), "meta": own, "hovertemplate": hover}]


def curves_figure(
    traces: Iterable[Figure],
    curves: Iterable[LearningCurve],
    lines: Iterable[tuple[str, float]],
    unit: str = "payoff",
) -> Figure:
    """A figure of learning curves, with horizontal lines.

    Args:
        traces: of all curves, as ``curve_traces`` makes them.
        curves: the same, for the extent of the payoffs that are shown.
        lines: horizontal ones, such as floor and ceiling: text and payoff.
        unit: what the curves are measured in.
    """
    lines, curves = list(lines), list(curves)
    drawn = [[value] for _, value in lines]
    drawn += [values for curve in curves for values in (curve.mean, *curve.seeds.tolist())]
    lowest = min((value for _, value in lines), default=0.0)
    bands = [band for curve in curves for band in (curve.low, curve.high) if band]
    layout = {
        "xaxis": {"title": {"text": AXES["steps"]}, "rangemode": "tozero"},
        "yaxis": {"title": {"text": unit}, **({"range": list(payoff_range(drawn, bands))} if curves else {})},
        "shapes": [_level(value) for _, value in lines],
        "annotations": [
            _level_name(text, value, above=value > lowest or len(lines) == 1) for text, value in lines
        ],
    }
    return {"data": _typed(traces), "layout": layout}


def actions(run: ReportRun, series: Sequence[ActionSeries], dimension: int, bounds: tuple[float, float]) -> Figure:
    """One dimension of the action over principal steps: the mean over seeds, and every seed.

    Args:
        run: whose actions they are.
        series: one a context.
        dimension: of the action.
        bounds: of this dimension.
    """
    traces = []
    for number, part in enumerate(series):
        drawn = Style(COLOURS[number % len(COLOURS)], "solid") if part.context else run.style
        tags = [context_tag(number)] if part.context else []
        where = f"context {part.context}" if part.context else ""
        values = part.values[:, :, dimension]
        for seed, row in zip(run.stored.manifest.protocol.seeds, values, strict=True):
            name = ", ".join(filter(None, [where, f"seed {seed}"]))
            line = _line(part.steps, row, name, drawn, 1.0)
            traces.append({**line, "opacity": 0.4, "connectgaps": True, "meta": [*tags, seed_tag(seed)]})
        name = ", ".join(filter(None, [where, "mean over seeds"]))
        mean = _line(part.steps, _mean(values), name, drawn, 2.4)
        traces.append({**mean, "connectgaps": True, "meta": [*tags, "mean"]})
    margin = 0.06 * (bounds[1] - bounds[0] or 1.0)
    layout = {
        "xaxis": {"title": {"text": "principal step"}},
        "yaxis": {"range": [bounds[0] - margin, bounds[1] + margin]},
    }
    return {"data": _typed(traces), "layout": layout}


def seed_tag(seed: int) -> str:
    """The tag of what belongs to one seed."""
    return f"seed-{seed}"


def context_tag(number: int) -> str:
    """The tag of what belongs to one context."""
    return f"context-{number}"


def _line(x: Sequence[float | None], y: Iterable[float], name: str, drawn: Style, width: float) -> Figure:
    return {
        "x": _rounded(x),
        "y": _rounded(y),
        "name": html.escape(name),
        "mode": "lines",
        "line": {"color": drawn.colour, "dash": drawn.dash, "width": width},
        "hovertemplate": _hover(),
    }


def _hover(more: str = "") -> str:
    return f"%{{y:.4g}} at %{{x:,.6~g}}{more}<extra>%{{fullData.name}}</extra>"


def _typed(traces: Iterable[Figure]) -> list[Figure]:
    return [{"type": "scatter", **trace} for trace in traces]


def _level(value: float) -> Figure:
    line = {"dash": "dot", "width": 1}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": value, "y1": value, "line": line}


def _level_name(text: str, value: float, *, above: bool) -> Figure:
    return {
        "xref": "paper",
        "x": 1,
        "xanchor": "right",
        "y": value,
        "yanchor": "bottom" if above else "top",
        "text": html.escape(text),
        "showarrow": False,
        "font": {"size": 11},
    }


def _mean(values: Floats) -> Floats:
    """Mean over seeds, [n_points]; NaN where there is none."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    mean: Floats = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return mean


def _rounded(values: Iterable[float | None]) -> list[float | None]:
    """Numbers short enough for a page; a gap for NaN, which JSON cannot hold."""
    return [
        None if value is None or not math.isfinite(value) else float(f"{value:.{_DIGITS}g}") for value in values
    ]
