"""``policybench leaderboard replay``."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--transcript",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Its transcript; the one beside it in the leaderboards' folder unless told.",
)
@click.option("--workers", type=click.IntRange(1, 1024), help="Threads to use; all cores unless told.")
def replay_command(file: Path, transcript: Path | None, workers: int | None) -> None:
    """Run a submission again with its transcript in the service's place, offline.

    FILE is a submission that was added with --transcript. Its principal reads the recorded answers, the
    environment evaluates every action again, and actions, payoffs, calls, tokens and money must be those of the
    submission. Status 1 if they are not.
    """
    from contextlib import redirect_stdout
    from tempfile import TemporaryDirectory

    from policybench.errors import InputError, StopRunError
    from policybench.leaderboard.checks import check_content
    from policybench.leaderboard.packing import pack
    from policybench.leaderboard.platforms import this_platform
    from policybench.leaderboard.reading import read_submission
    from policybench.leaderboard.replaying import differences
    from policybench.leaderboard.text import shown_path
    from policybench.leaderboard.transcripts import read_transcript, transcript_place
    from policybench.plugins import registry
    from policybench.recorded import as_values
    from policybench.runs import run
    from policybench.store.faults import shown
    from policybench.store.names import TRANSCRIPT

    where, submission = shown_path(file), read_submission(file)
    check_content(where, submission)
    manifest = submission.manifest
    principal, environment, protocol = manifest.principal, manifest.environment, manifest.protocol
    if submission.transcript is None:
        raise InputError(f"{where}: names no transcript; it was added without --transcript")
    options = {option.name for option in registry().principal(principal.name).spec.options}
    if "replay" not in options:
        raise InputError(f"{where}: principal {principal.name} has no option replay, so nothing can be replayed")
    path = transcript or file.resolve().parents[3] / transcript_place(submission)
    content = read_transcript(path, submission)
    faults: list[str] = []
    with TemporaryDirectory(prefix="policybench-replay-") as folder, redirect_stdout(sys.stderr):
        recording = Path(folder, TRANSCRIPT)
        recording.write_bytes(content)
        try:
            again = run(
                principal.name,
                environment.name,
                protocol=protocol.name,
                seeds=len(protocol.seeds),
                steps=protocol.steps,
                principal_options=as_values(principal.options) | {"replay": str(recording)},
                environment_options=as_values(environment.options),
                out=Path(folder, "runs"),
                workers=workers or 0,
            )
            faults += differences(submission, pack(again.path))
            made = (again.path / TRANSCRIPT).read_bytes()
            if sorted(made.splitlines()) != sorted(content.splitlines()):
                faults.append("the transcript holds other calls than the run makes")
        except StopRunError as error:
            faults.append(shown(error, 400))
    if faults:
        platform = this_platform().differences(submission)
        click.echo(f"{where}: NOT CONFIRMED: the transcript does not lead to this submission")
        for fault in faults[:10]:
            click.echo(f"  {fault}")
        if platform:
            click.echo(f"  it was made on another platform, where payoffs may differ: {'; '.join(platform)}")
        sys.exit(1)
    calls = len(content.splitlines())
    steps = sum(len(rows) for rows in submission.curves)
    finals = sum(len(rows) for rows in submission.final)
    click.echo(
        f"{where}: confirmed: {calls:,} recorded calls lead to the actions, payoffs and costs of all {steps:,} "
        f"steps and {finals:,} final evaluations"
    )
