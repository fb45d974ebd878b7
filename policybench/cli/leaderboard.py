"""``policybench leaderboard``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

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
def add(runs: tuple[Path, ...], root: Path, replace: bool) -> None:
    """Pack finished runs into submissions.

    RUNS are folders of runs. Each becomes one file; the tables are made by: policybench leaderboard build
    """
    from policybench.errors import InputError
    from policybench.leaderboard.checks_environment import check_against
    from policybench.leaderboard.checks_identity import check_identity
    from policybench.leaderboard.digest import dump
    from policybench.leaderboard.packing import pack, place_of
    from policybench.leaderboard.writing import check_plain, write_below

    packed = [(run, pack(run)) for run in runs]
    for run, submission in packed:
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
    click.echo(f"{len(contents.entries)} submissions, {len(touched)} pages changed")


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
    click.echo(f"{len(contents.entries)} submissions are sound, and the tables are up to date")


@leaderboard_command.command("verify")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--rows", type=click.IntRange(1), default=20, show_default=True, help="Rows to evaluate, a file.")
@click.option("--seed", type=click.IntRange(0), help="Draws the sample; a new one each time unless told.")
@click.option("--workers", type=click.IntRange(1, 1024), help="Threads to use; all cores unless told.")
def verify_files(files: tuple[Path, ...], rows: int, seed: int | None, workers: int | None) -> None:
    """Evaluate a random sample of recorded rows again, without the principal.

    FILES are submissions. Payoffs must be equal on the same kind of platform; elsewhere a paired test judges them.
    Status 1 if a submission is refuted.
    """
    import secrets

    import numpy as np

    from policybench.leaderboard.checks import check_content
    from policybench.leaderboard.reading import read_submission
    from policybench.leaderboard.text import shown_path
    from policybench.leaderboard.verification import verify
    from policybench.threads import usable_cores

    seed = secrets.randbits(32) if seed is None else seed
    refuted = False
    for file in files:
        where = shown_path(file)
        submission = read_submission(file)
        check_content(where, submission)
        found = verify(where, submission, rows, np.random.default_rng(seed), workers or usable_cores())
        refuted |= found.refuted
        click.echo(f"{where}: {'REFUTED' if found.refuted else 'fine'}: {found.conclusion} (--seed {seed})")
        for row in [row for row in found.rows if not row.equal][:10] if found.refuted else []:
            click.echo(f"  {row}")
        if found.platform:
            click.echo(f"  another platform: {'; '.join(found.platform)}")
    if refuted:
        sys.exit(1)


def _require(root: Path) -> None:
    from policybench.errors import InputError

    if not root.is_dir():
        raise InputError(f"--to {root}: no such folder; policybench leaderboard add makes it")


def _fail(faults: list[str]) -> None:
    for fault in faults:
        click.echo(f"policybench: {fault}", err=True)
    sys.exit(1)
