"""The runs that a report is about, read once, with the names and colours that they bear on every page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from policybench.analysis.summary import Summary, summary_of
from policybench.leaderboard.unpacking import runs_and_submissions
from policybench.plots.palette import Style, styles
from policybench.relabelling.runs import plain_run
from policybench.report.transcripts import Transcript, read_transcript
from policybench.store import StoredRun


@dataclass(frozen=True)
class ReportRun:
    """One run.

    Attributes:
        stored: what lies on disk; relabelled actions as the environment met them, if it is installed.
        summary: its numbers.
        label: the principal's name in tables and legends; with the folder where two runs would share one.
        slug: names its files; lower-case letters, digits and hyphens, whatever the principal is called.
        style: colour and dashes of the principal, in every picture.
        transcript: the calls of a language model, if it kept some.
    """

    stored: StoredRun
    summary: Summary
    label: str
    slug: str
    style: Style
    transcript: Transcript | None


def read_runs(roots: Sequence[Path], log: Callable[[str], None]) -> list[ReportRun]:
    """Read and score all runs below some folders, each once.

    Args:
        roots: folders of runs, or folders that hold some; and submissions.
        log: is told, in a line each, which runs are damaged and left out.

    Raises:
        InputError: there is no run in or below one of them, or not one that can be read.
    """
    stored = runs_and_submissions(roots, log)
    names = Counter(map(_name, stored))
    entries = [(run.manifest.principal.name, run.manifest.principal.variant) for run in stored]
    palette = styles(entries)
    return [
        ReportRun(
            stored=_translated(run),
            summary=summary_of(run),
            label=_label(run, names[_name(run)] > 1),
            slug=f"{number:02d}-{_slug(run)}",
            style=palette[entry],
            transcript=read_transcript(run.path),
        )
        for number, (run, entry) in enumerate(zip(stored, entries, strict=True), start=1)
    ]


def _translated(run: StoredRun) -> StoredRun:
    try:
        return plain_run(run)
    except Exception:  # noqa: BLE001 - a stranger's plugin may fail in any way; the report goes on without it
        return run


def _name(run: StoredRun) -> tuple[str, str, str]:
    manifest = run.manifest
    return manifest.environment.variant, manifest.protocol.label, manifest.principal.variant


def _label(run: StoredRun, ambiguous: bool) -> str:
    variant = run.manifest.principal.variant
    return f"{variant} ({run.path})" if ambiguous else variant


def _slug(run: StoredRun) -> str:
    text = re.sub(r"[^a-z0-9]+", "-", "-".join(_name(run)).lower())
    return text.strip("-")[:60] or "run"
