"""Transcripts beside submissions: what a service was asked and answered, so that its run can be replayed.

A transcript is the run's ``transcript.jsonl``, without secrets and without notes on calls, compressed. The
submission holds its hash, so that both belong together; nothing else of it is trusted.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from policybench.errors import InputError
from policybench.leaderboard.digest import sealed
from policybench.leaderboard.packing import place_of
from policybench.leaderboard.schema import MOST_TRANSCRIPT_BYTES, Submission
from policybench.leaderboard.text import shown_path
from policybench.redaction import Redactor
from policybench.store.names import TRANSCRIPT
from policybench.store.notes import is_note

TRANSCRIPTS = "transcripts"
"""The folder of transcripts, laid out as that of submissions."""

MOST_PACKED_BYTES = 16 * 2**20
"""Larger compressed files are refused before they are read."""

_KEYS = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|hf|pplx)[-_][A-Za-z0-9_-]{16,}|\bAIza[A-Za-z0-9_-]{30,}|\bBearer [\w.~+/-]{16,}"
)
"""What keys of well-known services look like, whoever's they are."""


def transcript_place(submission: Submission) -> PurePosixPath:
    """Where a submission's transcript stands below the leaderboards' folder."""
    _, *folders, name = place_of(submission).parts
    return PurePosixPath(TRANSCRIPTS, *folders, f"{name.removesuffix('.json')}.jsonl.gz")


def with_transcript(run: Path, submission: Submission) -> tuple[Submission, bytes]:
    """The submission that names its transcript, and the transcript's file.

    Args:
        run: the folder of the run.
        submission: packed from it.

    Raises:
        InputError: the run has no transcript, or it is too long.
    """
    path = run / TRANSCRIPT
    if not path.is_file():
        raise InputError(f"--transcript: {run} has no {TRANSCRIPT}; leave the option out for this run")
    calls = "".join(f"{line}\n" for line in path.read_text(encoding="utf-8").split("\n") if _is_call(line))
    text = _KEYS.sub("***", Redactor(())(calls))
    content = text.encode()
    packed = gzip.compress(content, mtime=0)
    if len(content) > MOST_TRANSCRIPT_BYTES or len(packed) > MOST_PACKED_BYTES:
        raise InputError(
            f"{path}: has {len(content):,} bytes, {len(packed):,} compressed; allowed are "
            f"{MOST_TRANSCRIPT_BYTES:,} and {MOST_PACKED_BYTES:,}"
        )
    fields = submission.model_dump(mode="json", exclude={"schema_version", "sha256"})
    named = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    return sealed({**fields, "transcript": named}), packed


def _is_call(line: str) -> bool:
    """Whether a line is part of what a replay makes again; notes on calls are not."""
    try:
        content = json.loads(line)
    except ValueError:
        return bool(line)
    return not (isinstance(content, dict) and is_note(content))


def read_transcript(path: Path, submission: Submission) -> bytes:
    """The transcript of a submission, as text in UTF-8; it is what the submission says.

    Raises:
        InputError: it is missing, damaged, or another one.
    """
    where, named = shown_path(path), submission.transcript
    if named is None:
        raise InputError(f"{where}: belongs to a submission that names no transcript")
    if path.is_symlink() or not path.is_file():
        raise InputError(f"{where}: is missing, but its submission names it")
    if (size := path.stat().st_size) > MOST_PACKED_BYTES:
        raise InputError(f"{where}: has {size:,} bytes, more than the {MOST_PACKED_BYTES:,} allowed")
    try:
        with gzip.open(path) as file:
            content = file.read(named.bytes + 1)
    except (OSError, EOFError, zlib.error):
        raise InputError(f"{where}: is no gzip file, or damaged") from None
    if len(content) != named.bytes or hashlib.sha256(content).hexdigest() != named.sha256:
        raise InputError(f"{where}: is not the transcript that its submission names (transcript.sha256)")
    return content


def transcript_faults(root: Path, submissions: Iterable[Submission]) -> list[str]:
    """What is wrong with the transcripts below a leaderboards' folder: damaged, missing, or nobody's."""
    faults, known = [], set()
    for submission in submissions:
        if submission.transcript is not None:
            place = transcript_place(submission)
            known.add(root / place)
            try:
                read_transcript(root / place, submission)
            except InputError as fault:
                faults.append(str(fault))
    folder = root / TRANSCRIPTS
    if folder.is_symlink():
        return [*faults, f"{shown_path(folder)}: is a symbolic link"]
    strangers = [path for path in sorted(folder.rglob("*")) if not path.is_dir() or path.is_symlink()]
    return faults + [f"{shown_path(path)}: belongs to no submission" for path in strangers if path not in known]
