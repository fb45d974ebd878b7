"""Submissions as runs: what ``packing`` packed, for those who read runs, such as figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from policybench.errors import InputError
from policybench.leaderboard.checks import check_content
from policybench.leaderboard.checks_environment import check_against, is_installed
from policybench.leaderboard.folder import SUBMISSIONS
from policybench.leaderboard.reading import read_submission
from policybench.leaderboard.schema import Rows, Submission, SubmittedMachine, SubmittedManifest, SubmittedPlugin
from policybench.leaderboard.text import shown_path
from policybench.recorded import reference_payoffs
from policybench.store import FinalRecord, Manifest, StoredRun, find_runs, load_run, load_runs, only_run
from policybench.store.filled import NOTES
from policybench.store.manifest import JoinedPart, Machine, PluginEntry, ProtocolEntry, ReferencePayoffs
from policybench.store.records import TimestepsRecord
from policybench.store.step_log import StepLog

Made: TypeAlias = Manifest | SubmittedManifest
"""What a run or a submission was made with."""

IsWanted: TypeAlias = Callable[[Made], bool]
"""Whether a run or a submission that was made with this is looked for."""


def submission_files(root: Path) -> list[Path]:
    """The submissions that a path names: itself if it is a file, or those below a folder; sorted, perhaps none."""
    if root.is_file():
        return [root] if root.suffix == ".json" else []
    # Beside its submissions, the folder of leaderboards has other files.
    folder = root / SUBMISSIONS if (root / SUBMISSIONS).is_dir() else root
    return sorted(folder.rglob("*.json"))


def one_run(root: Path) -> StoredRun:
    """The run in a folder or below it, or in a submission.

    Raises:
        InputError: there is none, more than one, or it is damaged.
    """
    if root.is_file():
        return submitted_runs(root, lambda line: None)[0]
    return load_run(only_run(root))


def runs_and_submissions(
    roots: Sequence[Path], log: Callable[[str], None], is_wanted: IsWanted = lambda _: True
) -> list[StoredRun]:
    """The runs in or below folders, and the submissions where there are no runs.

    Args:
        roots: folders of runs, folders that hold some, submissions, or folders that hold some of these.
        log: is told, in a line each, which are left out and why.
        is_wanted: what to look for.

    Raises:
        InputError: there is no run and no submission in one of them, or not one that can be read.
    """
    submissions = [root for root in roots if submission_files(root) and not (root.is_dir() and find_runs(root))]
    folders = [root for root in roots if root not in submissions]
    found = load_runs(folders, log) if folders else []
    return [
        *(run for run in found if is_wanted(run.manifest)),
        *(run for root in submissions for run in submitted_runs(root, log, is_wanted)),
    ]


def submitted_runs(
    root: Path, log: Callable[[str], None], is_wanted: IsWanted = lambda _: True
) -> list[StoredRun]:
    """The submissions in a file, or below a folder, as runs; one that is not sound keeps no other from being read.

    Args:
        root: a submission, a folder of some, or the folder of the leaderboards.
        log: is told, in a line each, which are left out and why.
        is_wanted: what to look for. No other submission is held against its environment, which takes a while.

    Raises:
        InputError: there is no submission, or not one that is sound.
    """
    runs, faults, others = [], [], 0
    for path in submission_files(root):
        try:
            submission = read_submission(path)
            if is_wanted(submission.manifest):
                runs.append(as_run(path, submission))
            else:
                others += 1
        except InputError as error:
            faults.append(str(error))
    if not runs and not others:
        raise InputError(faults[0] if faults else f"{root}: no submissions here; they are files that end in .json")
    for fault in faults:
        log(f"left out: {fault}")
    return runs


def as_run(path: Path, submission: Submission) -> StoredRun:
    """A submission as the run that it was packed from.

    Of what principals noted, only the sums were packed: steps have no notes, but for those that were filled in. Of
    wall-clock time every step has an equal share. Floor and ceiling are those of the installed environment.

    Args:
        path: the submission's file.
        submission: of the right form.

    Raises:
        InputError: it does not agree with itself, or with the installed environment.
    """
    where = shown_path(path)
    check_content(where, submission)
    reference = ReferencePayoffs(floor=None, ceiling=None)
    if is_installed(submission):
        reference = reference_payoffs(check_against(where, submission))
    return StoredRun(path, _manifest(submission, reference), _steps(submission), list(_final(submission)))


def _manifest(submission: Submission, reference: ReferencePayoffs) -> Manifest:
    found = submission.manifest
    return Manifest(
        status="finished",
        principal=_plugin(found.principal),
        environment=_plugin(found.environment),
        protocol=ProtocolEntry.model_validate(found.protocol.model_dump()),
        reference=reference,
        versions=found.versions,
        machine=_machine(found.machine),
        hosted=found.hosted,
        external=found.external,
        created=found.created,
        finished=found.finished,
        final_lines=sum(map(len, submission.final)),
        parts=[
            JoinedPart(
                seeds=part.seeds, machine=_machine(part.machine), created=part.created, finished=part.finished
            )
            for part in found.parts
        ],
    )


def _plugin(found: SubmittedPlugin) -> PluginEntry:
    return PluginEntry.model_validate(found.model_dump(exclude={"changed"}))


def _machine(found: SubmittedMachine) -> Machine:
    return Machine.model_validate(found.model_dump())


def _steps(submission: Submission) -> StepLog:
    """The rows in the order of a step log: all seeds of step 0, of step 1, ..."""
    curves, protocol = submission.curves, submission.manifest.protocol
    n_seeds, n_steps = len(protocol.seeds), protocol.steps

    def column(name: str, kind: type) -> Any:
        values: Any = np.array([getattr(rows, name) for rows in curves], dtype=kind).swapaxes(0, 1)
        return values.reshape(n_steps * n_seeds, *values.shape[2:])

    return StepLog(
        step=np.repeat(np.arange(n_steps), n_seeds),
        seed=np.tile(np.array(protocol.seeds), n_steps),
        actions=column("actions", np.float64),
        contexts=None if curves[0].contexts is None else column("contexts", np.float64),
        payoffs=column("payoffs", np.float64),
        training=column("training", np.int64),
        validation=column("validation", np.int64),
        seconds=np.full(n_steps * n_seeds, submission.costs.seconds / (n_steps * n_seeds)),
        notes=[NOTES if step >= rows.n_evaluated else {} for step in range(n_steps) for rows in curves],
    )


def _final(submission: Submission) -> Iterator[FinalRecord]:
    """The first evaluation of every seed, then the second of every seed, ..."""
    for evaluation in range(len(submission.final[0])):
        for rows in submission.final:
            yield FinalRecord(
                evaluation=evaluation,
                seed=rows.seed,
                step=rows.steps[evaluation],
                context=_context(rows, evaluation),
                action=rows.actions[evaluation],
                payoff=rows.payoffs[evaluation],
                timesteps=TimestepsRecord(
                    training=rows.training[evaluation], validation=rows.validation[evaluation]
                ),
            )


def _context(rows: Rows, index: int) -> list[float] | None:
    return None if rows.contexts is None else rows.contexts[index]
