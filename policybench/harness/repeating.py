"""Repeats the steps that the log holds beyond the checkpoint, so that the principals know again what they knew.

The log does not hold what principals observed, so the environment evaluates the recorded actions again: an outcome
is a pure function of seed, step and action. What is asked and paid must be what the log says.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from policybench.errors import InputError
from policybench.harness.filling import Filling
from policybench.harness.plan import RunPlan
from policybench.store import RunFolder
from policybench.store.names import STEPS
from policybench.store.run_folder import Standing
from policybench.store.step_log import StepLog


def repeat(
    plan: RunPlan,
    standing: Standing,
    filling: Filling,
    folder: RunFolder,
    log: Callable[[int, int], None],
) -> None:
    """Bring the principals to where the log ends.

    Args:
        plan: the run, with principals that have not begun.
        standing: where it stands.
        filling: has been given the steps before the checkpoint, and is given the others.
        folder: the run's, for messages.
        log: is told before each step how many were repeated, and how many there are to repeat.

    Raises:
        InputError: an action or a payoff is another one than the log says.
    """
    if standing.state is not None:
        plan.panel.load_state(standing.state)
    n_seeds = len(plan.manifest.protocol.seeds)
    number = len(standing.records) // n_seeds - standing.saved
    for done in range(number):
        log(done, number)
        step = standing.saved + done
        records = standing.records[step * n_seeds : (step + 1) * n_seeds]
        _repeat_step(plan, step, records, filling, folder.path / STEPS)
        filling.remember(records)


def _repeat_step(plan: RunPlan, step: int, records: StepLog, filling: Filling, path: Path) -> None:
    panel = plan.panel
    contexts = plan.environment.contexts(step)
    actions = panel.ask(contexts)
    for line, (action, record) in enumerate(
        zip(actions.tolist(), records, strict=True), start=step * len(records)
    ):
        _compare(path, line + 1, f"{panel.name} chooses", action, record.action)
    outcomes = filling.evaluate(step, contexts, actions, panel.ended, gradient=panel.needs_gradient)
    for line, (outcome, record) in enumerate(zip(outcomes, records, strict=True), start=step * len(records)):
        _compare(
            path,
            line + 1,
            f"environment {plan.manifest.environment.name!r} pays",
            float(outcome.payoff),
            record.payoff,
        )
    panel.tell(actions, outcomes)
    panel.notes()


def _compare(path: Path, line: int, who: str, here: object, recorded: object) -> None:
    if here != recorded:
        raise InputError(
            f"{path}, line {line}: {who} {here!r} now, the log has {recorded!r}; this step cannot be repeated: "
            "code or machine have changed, or the log is damaged; start over with --fresh"
        )
