"""Puts a report together: runs -> views for the templates -> pages, pictures and scripts in a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment as Templates
from jinja2 import PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from policybench import __version__
from policybench.analysis.formats import costs_text, estimate_text
from policybench.analysis.metrics import EARLY_STEPS, TARGETS
from policybench.analysis.ordering import standing
from policybench.analysis.ranking import FEWEST_SEEDS, rank
from policybench.contexts import context_key
from policybench.plots.series import action_series
from policybench.problem import Dimension
from policybench.relabelling.runs import is_relabelled
from policybench.report import figures
from policybench.report.episodes import draw, evaluations_to_draw
from policybench.report.installed import Installed, command, installed
from policybench.report.runs import ReportRun, read_runs
from policybench.report.site import Site
from policybench.report.transcripts import costs
from policybench.store.manifest import now

MOST_CALLS = 500
"""Calls of a language model that a page lists; the transcript itself holds all."""


def build(
    roots: Sequence[Path], folder: Path, *, episodes: bool, log: Callable[[str], None] = lambda line: None
) -> Path:
    """Write a report.

    Args:
        roots: folders of runs, or folders that hold some; and submissions.
        folder: where to; new, empty, or of an earlier report, which it replaces.
        episodes: whether to draw episodes under the recommended actions, which takes a while.
        log: is told, in a line each, which runs are damaged and what could not be drawn.

    Returns:
        The page to open.

    Raises:
        InputError: there are no runs, one is damaged, or the folder is not to be written to.
    """
    site = Site(folder)
    runs = read_runs(roots, log)
    templates = Templates(
        loader=PackageLoader("policybench.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    templates.filters["estimate"] = estimate_text
    templates.filters["json_script"] = json_script
    for name in ("report.css", "report.js"):
        site.add(name, files("policybench.report").joinpath("assets", name).read_bytes())
    site.add("plotly.min.js", get_plotlyjs())
    groups = [_group(members, site, episodes, log) for members in _grouped(runs)]
    common = {"version": __version__, "made": now(), "targets": TARGETS}
    site.add("index.html", templates.get_template("index.html").render(groups=groups, runs=runs, **common))
    for run in runs:
        if run.transcript:
            page = templates.get_template("transcript.html")
            site.add(
                f"transcripts/{run.slug}.html",
                page.render(run=run, transcript=run.transcript, costs=costs, most=MOST_CALLS, **common),
            )
    site.write()
    return folder / "index.html"


def json_script(value: Any) -> Markup:
    """JSON for inside a script element, which no text in it can end."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _grouped(runs: Iterable[ReportRun]) -> list[list[ReportRun]]:
    """Runs by environment and protocol; in each group the best first, unfinished runs last."""
    grouped: dict[tuple[str, str], list[ReportRun]] = {}
    for run in runs:
        grouped.setdefault((run.summary.environment, run.summary.protocol), []).append(run)
    return [sorted(grouped[key], key=lambda run: standing(run.summary)) for key in sorted(grouped)]


def _group(members: Sequence[ReportRun], site: Site, episodes: bool, log: Callable[[str], None]) -> dict[str, Any]:
    first = members[0].stored.manifest
    home = installed(first.environment)
    reference = first.reference
    lines = [
        (text, value)
        for text, value in (("random actions", reference.floor), ("best known action", reference.ceiling))
        if value is not None
    ]
    return {
        "environment": first.environment.variant,
        "protocol": first.protocol.label,
        "slug": members[0].slug,
        "problem": home.problem,
        "reason": home.reason,
        "reference": reference,
        "long": first.protocol.steps > EARLY_STEPS[-1],
        "rows": [_row(run) for run in members],
        "sentences": _sentences(members),
        "figure": figures.learning_curves(members, lines),
        "details": [_detail(run, home, site, episodes, log) for run in members],
    }


def _row(run: ReportRun) -> dict[str, Any]:
    summary = run.summary
    middle = next((target for target in summary.scores.targets if target.share == TARGETS[1]), None)
    return {
        "run": run,
        "finished": summary.finished,
        "time": middle.expected_running_time if middle else None,
        "costs": costs_text(summary.costs),
    }


def _sentences(members: Sequence[ReportRun]) -> list[str]:
    """Which finished runs beat which, corrected for the number of pairs."""
    finished = [run for run in members if run.summary.finished]
    if not finished:
        return []
    first = finished[0].summary
    alike = [run for run in finished if (run.summary.seeds, run.summary.steps) == (first.seeds, first.steps)]
    if len(alike) < 2:
        return []
    if len(first.seeds) < FEWEST_SEEDS:
        return [f"{len(first.seeds)} seeds allow no claim; run at least {FEWEST_SEEDS}."]
    scores = [run.summary.scores.ranking.values for run in alike if run.summary.scores.ranking]
    beats = rank(np.array(scores)).beats
    sentences = [
        f"{run.label} is better than {', '.join(alike[j].label for j in np.flatnonzero(beats[i]))}."
        for i, run in enumerate(alike)
        if beats[i].any()
    ]
    return sentences or ["No run is shown to be better than another, which does not show that they are equal."]


def _detail(
    run: ReportRun, home: Installed, site: Site, episodes: bool, log: Callable[[str], None]
) -> dict[str, Any]:
    relabelled = is_relabelled(run.stored.manifest.environment)
    # Numbers that mean something else in each seed have no mean over seeds.
    series = [] if relabelled and home.problem is None else action_series(run.stored)
    space = home.problem.action_space if home.problem else None
    pictures = []
    for dimension in range(series[0].values.shape[2] if series else 0):
        fits = space is not None and dimension < space.shape[0]
        bounds = (
            (float(space.low[dimension]), float(space.high[dimension]))
            if fits and space is not None
            else _extent(run.stored.steps.actions[:, dimension].tolist())
        )
        if fits and home.problem:
            described = home.problem.description.action[dimension]
        else:
            described = Dimension(f"action [{dimension}]", "")
        pictures.append({"dimension": described, "figure": figures.actions(run, series, dimension, bounds)})
    return {
        "run": run,
        "command": command(run.stored.manifest),
        "contexts": [part.context for part in series if part.context],
        "actions": pictures,
        "relabelled": relabelled,
        "translated": home.problem is not None,
        "evaluations": _evaluations(run),
        "episodes": _episodes(run, site, log) if episodes else [],
    }


def _evaluations(run: ReportRun) -> list[dict[str, Any]]:
    """Of each seed, the actions that it recommended, each once, and what its evaluations paid."""
    rows = []
    for seed in run.stored.manifest.protocol.seeds:
        records = [record for record in run.stored.final if record.seed == seed]
        actions = list(dict.fromkeys(tuple(record.action) for record in records))
        rows.append({"seed": seed, "actions": actions, "payoffs": [record.payoff for record in records]})
    return rows if run.stored.final else []


def _extent(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _episodes(run: ReportRun, site: Site, log: Callable[[str], None]) -> list[dict[str, Any]]:
    drawn: list[dict[str, Any]] = []
    for number, record in enumerate(evaluations_to_draw(run)):
        try:
            episode = draw(run, record)
        except Exception as error:  # noqa: BLE001 - a stranger's plugin may fail in any way; the report goes on
            log(f"{run.label} on {run.summary.environment}: no episode: {error}")
            return drawn
        moving, still = f"episodes/{run.slug}-{number}.webp", f"episodes/{run.slug}-{number}.png"
        site.add(moving, episode.moving)
        site.add(still, episode.still)
        context = context_key(record.context)
        drawn.append({"moving": moving, "still": still, "episode": episode, "record": record, "context": context})
    return drawn
