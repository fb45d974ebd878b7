"""``policybench leaderboard``."""

from __future__ import annotations

import sys
from collections.abc import Sized
from pathlib import Path

import click

from policybench.cli.leaderboard_replay import replay_command

_ROOT = click.option(
    "--to",
    "root",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("leaderboards"),
    show_default=True,
    help="The leaderboards' folder.",
)


@click.group("leaderboard")
def leaderboard_command() -> None:
    """Pack finished runs, check submissions, and make the tables."""


@leaderboard_command.command("add")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@_ROOT
@click.option("--replace", is_flag=True, help="Overwrite a submission that is already there.")
@click.option(
    "--transcript",
    is_flag=True,
    help="Pack what a service was asked and answered beside it, without secrets, so that it can be replayed.",
)
def add(runs: tuple[Path, ...], root: Path, replace: bool, transcript: bool) -> None:
    """Pack finished runs into submissions.

    RUNS are folders of runs, or folders that hold some; below these, unfinished runs and parts of runs are left
    out. Each run becomes one file; the tables are made by: policybench leaderboard build
    """
    from policybench.errors import InputError
    from policybench.leaderboard.checks_environment import check_against
    from policybench.leaderboard.checks_identity import check_identity
    from policybench.leaderboard.digest import dump
    from policybench.leaderboard.packing import pack, place_of, runs_to_pack
    from policybench.leaderboard.transcripts import transcript_place, with_transcript
    from policybench.leaderboard.writing import check_plain, remove_below, write_below

    found = runs_to_pack(runs, lambda line: click.echo(f"policybench: {line}", err=True))
    packed = [(run, pack(run)) for run in found]
    for run, submission in packed:
        calls = None
        if transcript:
            submission, calls = with_transcript(run, submission)
        check_identity(str(run), submission)
        check_against(str(run), submission)
        place = place_of(submission)
        path = root / place
        text = dump(submission)
        check_plain(root, place)
        if path.exists() and path.read_text(encoding="utf-8", errors="replace") != text and not replace:
            raise InputError(f"{path}: is already there with other content; --replace overwrites it")
        write_below(root, place, text)
        click.echo(f"{path}  ({len(text.encode()):,} bytes)")
        beside = transcript_place(submission)
        if calls is not None:
            write_below(root, beside, calls)
            click.echo(f"{root / beside}  ({len(calls):,} bytes; read it before you publish it)")
        elif replace:
            remove_below(root, beside)


@leaderboard_command.command("build")
@_ROOT
@click.option(
    "--format",
    "style",
    type=click.Choice(["github", "html", "latex", "csv", "json"]),
    help="Print all tables in this format instead of writing pages.",
)
def build(root: Path, style: str | None) -> None:
    """Make README.md and one page per environment from the submissions."""
    from typing import cast

    from policybench.leaderboard.boards import boards, overall
    from policybench.leaderboard.folder import read_folder
    from policybench.leaderboard.pages import describe, make_pages, write_pages
    from policybench.leaderboard.tables import Format, render

    _require(root)
    contents = read_folder(root)
    if contents.faults:
        _fail(contents.faults)
    if style:
        found = boards(contents.entries)
        click.echo(render(found, overall(found), cast("Format", style)))
        return
    touched = write_pages(root, make_pages(root, contents.entries))
    for line in describe(root, touched):
        click.echo(line)
    click.echo(f"{_count(contents.entries, 'submission')}, {_count(touched, 'page')} changed")


@leaderboard_command.command("check")
@_ROOT
def check(root: Path) -> None:
    """Check every submission, and that the tables are up to date.

    Form, hash, rows, costs, duplicates, and what the installed environment says. Status 1 if anything is wrong.
    """
    from policybench.leaderboard.folder import read_folder
    from policybench.leaderboard.pages import describe, make_pages, outdated

    _require(root)
    contents = read_folder(root)
    faults = list(contents.faults)
    if not faults:
        stale = describe(root, outdated(root, make_pages(root, contents.entries)))
        faults = [f"{path}: is not up to date; run: policybench leaderboard build" for path in stale]
    for note in contents.notes:
        click.echo(f"policybench: {note}", err=True)
    if faults:
        _fail(faults)
    sound = "is" if len(contents.entries) == 1 else "are"
    click.echo(f"{_count(contents.entries, 'submission')} {sound} sound, and the tables are up to date")


@leaderboard_command.command("verify")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@_ROOT
@click.option("--rows", type=click.IntRange(1), default=20, show_default=True, help="Rows to evaluate, a file.")
@click.option("--finals", is_flag=True, help="Evaluate every final evaluation, and --rows steps.")
@click.option("--all", "everything", is_flag=True, help="Evaluate every row.")
@click.option("--seed", type=click.IntRange(0), help="Draws the sample; a new one each time unless told.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Threads to use; all cores unless told.")
def verify_files(
    files: tuple[Path, ...],
    root: Path,
    rows: int,
    finals: bool,
    everything: bool,
    seed: int | None,
    workers: int | None,
) -> None:
    """Evaluate recorded rows again, without the principal: a random sample of them unless told.

    FILES are submissions, or folders of them. Every number must be equal. Status 1 if a submission is refuted, or
    if it states the reference platform and is not reproduced.
    """
    import secrets

    import numpy as np

    from policybench.errors import InputError
    from policybench.leaderboard.checks import check_content
    from policybench.leaderboard.platforms import read_platform
    from policybench.leaderboard.reading import read_submission
    from policybench.leaderboard.text import shown_path
    from policybench.leaderboard.verification import Verdict, sample_sizes, verify
    from policybench.threads import usable_cores

    if finals and everything:
        raise InputError("--finals, --all: one or the other; --all evaluates final evaluations, too")
    reference = read_platform(root)
    seed = secrets.randbits(32) if seed is None else seed
    failed = False
    for file in _submissions(files):
        where = shown_path(file)
        submission = read_submission(file)
        check_content(where, submission)
        sizes = (None, None) if everything else (None, rows) if finals else sample_sizes(submission, rows)
        rng = np.random.default_rng(seed)
        found = verify(where, submission, rng, workers or usable_cores(), n_final=sizes[0], n_steps=sizes[1])
        unverified = reference.differences(submission)
        failed |= found.refuted or (found.verdict is Verdict.NOT_REPRODUCED and not unverified)
        verdict = found.verdict.value.upper() if found.refuted else found.verdict.value
        click.echo(f"{where}: {verdict}: {found.conclusion} (--seed {seed})")
        for row in [row for row in found.rows if not row.equal][:10]:
            click.echo(f"  {row}")
        if found.platform and found.verdict is not Verdict.VERIFIED:
            click.echo(f"  it states another platform: {'; '.join(found.platform)}")
        if unverified:
            click.echo(f"  it is not ranked: {'; '.join(unverified)}")
    if failed:
        sys.exit(1)


@leaderboard_command.command("platform")
def platform() -> None:
    """Print this machine as a reference platform, the content of a leaderboards' platform.json."""
    from policybench.leaderboard.platforms import text_of, this_platform

    click.echo(text_of(this_platform()), nl=False)


leaderboard_command.add_command(replay_command)


def _submissions(files: tuple[Path, ...]) -> list[Path]:
    """The files, and all submissions below those that are folders."""
    from policybench.errors import InputError
    from policybench.leaderboard.platforms import PLATFORM

    found: list[Path] = []
    for file in files:
        below = sorted(set(file.rglob("*.json")) - {file / PLATFORM}) if file.is_dir() else [file]
        if not below:
            raise InputError(f"{file}: holds no submissions")
        found += below
    return found


def _count(things: Sized, noun: str) -> str:
    return f"{len(things)} {noun}{'s' * (len(things) != 1)}"


def _require(root: Path) -> None:
    from policybench.errors import InputError

    if not root.is_dir():
        raise InputError(f"--to {root}: no such folder; policybench leaderboard add makes it")


def _fail(faults: list[str]) -> None:
    for fault in faults:
        click.echo(f"policybench: {fault}", err=True)
    sys.exit(1)
