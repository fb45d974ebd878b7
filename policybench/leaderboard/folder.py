"""The folder of submissions: finds them, reads them, and holds them against each other."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from policybench.analysis.scores import Scores
from policybench.errors import InputError
from policybench.leaderboard.checks import check_content
from policybench.leaderboard.checks_environment import check_against, is_installed
from policybench.leaderboard.checks_identity import check_identity, find_hosted
from policybench.leaderboard.packing import place_of
from policybench.leaderboard.platforms import Reference, read_platform, this_platform
from policybench.leaderboard.reading import read_submission
from policybench.leaderboard.schema import Submission
from policybench.leaderboard.scoring import scores_of
from policybench.leaderboard.text import shown_path
from policybench.leaderboard.transcripts import transcript_faults

SUBMISSIONS = "submissions"
MOST_FILES = 10_000


@dataclass(frozen=True)
class Entry:
    """A submission that was checked.

    Attributes:
        path: its file, relative to the leaderboards' folder.
        submission: what the file holds.
        scores: what its rows are measured by.
        installed: whether its environment is installed here, so that its spaces and scale could be checked.
        unchecked: what could not be checked, for the tables.
        platform: in what the platform that it states is not the reference; a row that is not empty is not ranked.
        hosted: whether a service decides; None where nobody can tell.
    """

    path: Path
    submission: Submission
    scores: Scores
    installed: bool
    unchecked: list[str]
    platform: list[str]
    hosted: bool | None

    @property
    def ranked(self) -> bool:
        """Whether it may have a rank."""
        return self.installed and not self.platform


@dataclass(frozen=True)
class Contents:
    """All submissions that can be accepted, and a line for each that cannot."""

    entries: list[Entry]
    faults: list[str]
    notes: list[str]


def read_folder(root: Path) -> Contents:
    """Read and check every submission below ``root``.

    Raises:
        InputError: its ``platform.json`` is damaged.
    """
    reference = read_platform(root)
    entries: list[Entry] = []
    faults: list[str] = []
    missing: set[str] = set()
    for path in _files(root / SUBMISSIONS, faults):
        try:
            entry = _read_entry(root, path, reference)
            if not entry.installed:
                missing.add(entry.submission.manifest.environment.name)
            entries.append(entry)
        except InputError as fault:
            faults.append(str(fault))
    faults += _disagreements(root, entries)
    faults += transcript_faults(root, [entry.submission for entry in entries])
    notes = [
        f"environment {name} is not installed: its rows were not checked, and are not ranked" for name in missing
    ]
    return Contents(entries, faults, sorted(notes))


def _read_entry(root: Path, path: Path, reference: Reference) -> Entry:
    where, place, submission = shown_path(path), path.relative_to(root), read_submission(path)
    expected = place_of(submission)
    if place.as_posix() != expected.as_posix():
        raise InputError(f"{where}: its content belongs to {root.as_posix()}/{expected}")
    return checked_entry(where, place, submission, reference)


def checked_entry(where: str, place: Path, submission: Submission, reference: Reference | None = None) -> Entry:
    """Check a submission, and score it.

    Args:
        where: the file, for messages.
        place: the file, relative to the leaderboards' folder.
        submission: of the right form.
        reference: the platform whose rows are ranked; None for this one.

    Raises:
        InputError: one line that names file and field.
    """
    check_content(where, submission)
    unchecked = check_identity(where, submission)
    installed = is_installed(submission)
    problem = check_against(where, submission) if installed else None
    return Entry(
        path=place,
        submission=submission,
        scores=scores_of(submission, problem),
        installed=installed,
        unchecked=unchecked,
        platform=(reference or this_platform()).differences(submission),
        hosted=find_hosted(where, submission, problem),
    )


def _files(folder: Path, faults: list[str]) -> Iterator[Path]:
    """Files at their proper depth; links, strange files and empty places are faults."""
    if not folder.exists():
        return
    if folder.is_symlink():
        faults.append(f"{shown_path(folder)}: is a symbolic link")
        return
    found = 0
    for place, folders, files in os.walk(folder):
        depth = len(Path(place).relative_to(folder).parts)
        for name in sorted(folders):
            if (Path(place) / name).is_symlink():
                faults.append(f"{shown_path(Path(place) / name)}: is a symbolic link")
            elif depth >= 2:
                faults.append(f"{shown_path(Path(place) / name)}: is a folder where submissions stand")
        folders[:] = sorted(folders)
        for name in sorted(files):
            path = Path(place) / name
            found += 1
            if found > MOST_FILES:
                faults.append(f"{shown_path(folder)}: has more than {MOST_FILES:,} files")
                return
            if depth != 2 or path.suffix != ".json" or not stat.S_ISREG(path.lstat().st_mode):
                faults.append(
                    f"{shown_path(path)}: is no submission; those are <environment>/<protocol>/<principal>.json"
                )
            else:
                yield path


def _disagreements(root: Path, entries: list[Entry]) -> Iterator[str]:
    """What is wrong between submissions: two in one place, or the same content twice."""
    seen: dict[str, Entry] = {}
    for entry in entries:
        where = shown_path(root / entry.path)
        same = seen.setdefault(entry.path.as_posix().casefold(), entry)
        if same is not entry:
            yield f"{where}: duplicate of {same.path.as_posix()} where upper and lower case are the same"
        twin = seen.setdefault(entry.submission.sha256, entry)
        if twin is not entry:
            yield f"{where}: duplicate of {twin.path.as_posix()}"
