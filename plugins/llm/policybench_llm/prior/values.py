"""The differences between arms, seed by seed, and what they stand for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policybench import Floats, Run
from policybench.analysis import FEWEST_SEEDS, Estimate, mean_with_interval, paired_p_values
from policybench_llm.prior.arms import BASELINE, Runs

_LEVEL = 0.05
"""Probability that any of the differences is called shown without being there."""


@dataclass(frozen=True)
class Question:
    """A difference between two arms, and what it answers.

    Attributes:
        name: in tables and figures.
        subject: in sentences.
        one: the arm that is expected to be ahead.
        other: the arm that it is held against.
        asks: what the difference says.
    """

    name: str
    subject: str
    one: str
    other: str
    asks: str


QUESTIONS = (
    Question("prose", "The value of the prose", "full", "rules", "what sentences about good values are worth"),
    Question(
        "memory",
        "The value of memory",
        "rules",
        "relabelled",
        "what is lost where remembered numbers no longer fit",
    ),
    Question(
        "understanding",
        "The value of understanding",
        "relabelled",
        "anonymous",
        "what the rules are worth without such memory",
    ),
    Question(
        "true words",
        "The value of true words",
        "relabelled",
        "old words",
        "what true words are worth, compared with wrong ones",
    ),
    Question("lead", f"The lead over {BASELINE}", "rules", BASELINE, "what the model is ahead of an optimiser"),
)


@dataclass(frozen=True)
class Difference:
    """The mean over shared seeds of one arm's score minus another's.

    Attributes:
        question: which two, and why.
        estimate: with an interval that is wider than 95%: all of a study's intervals together hold with 95%.
        shown: whether the data show a difference, at 5% for all of them together (paired t-tests, Bonferroni).
    """

    question: Question
    estimate: Estimate
    shown: bool


@dataclass(frozen=True)
class SpeedUp:
    """How many steps an arm and the optimiser take to a target.

    Attributes:
        share: of the way from random actions to the best known action.
        arm: the arm's name.
        steps: the arm's expected running time; None if no seed reached the target.
        baseline: the optimiser's.
        saved: restricted mean steps that the arm saves, with its interval; None for unfinished runs.
    """

    share: float
    arm: str
    steps: float | None
    baseline: float | None
    saved: Estimate | None

    @property
    def factor(self) -> float | None:
        """How many times as many steps the optimiser takes; None unless both reached the target."""
        return None if self.steps is None or self.baseline is None else self.baseline / self.steps


def differences(runs: Runs) -> list[Difference]:
    """All differences whose two runs there are, by mean score of all steps."""
    scores = {name: mean_scores(run) for name, run in runs}
    asked = [question for question in QUESTIONS if {question.one, question.other} <= scores.keys()]
    level = _LEVEL / len(asked)
    found = []
    for question in asked:
        # Relabelled actions differ from the others in their last bits, which is no difference.
        gained = np.round(scores[question.one] - scores[question.other], 12)
        shown = bool(paired_p_values(gained) <= level) and len(gained) >= FEWEST_SEEDS
        found.append(Difference(question, mean_with_interval(gained, 1 - level), shown))
    return found


def speed_ups(runs: Runs) -> list[SpeedUp]:
    """How much sooner the arms that know the rules reach targets; none without an optimiser or references."""
    if runs.baseline is None:
        return []
    search = runs.baseline.summary()
    found = []
    for name in ("rules", "relabelled"):
        summary = runs.arms[name].summary()
        for target, other in zip(summary.scores.targets, search.scores.targets, strict=True):
            budget = summary.steps
            saved = np.array(
                [
                    min(late or budget, budget) - min(early or budget, budget)
                    for early, late in zip(target.runtimes, other.runtimes, strict=True)
                ],
                dtype=np.float64,
            )
            times = target.expected_running_time, other.expected_running_time
            found.append(SpeedUp(target.share, name, *times, mean_with_interval(saved)))
    return found


def mean_scores(run: Run) -> Floats:
    """Each seed's mean score of all steps, [n_seeds]; payoffs where the environment has no references."""
    measure = run.summary().scores.sample_efficiency
    assert measure is not None, "a finished run has a step"
    return measure.values


def scores_so_far(run: Run) -> Floats:
    """Mean score of all steps so far, [n_seeds, n_steps]; payoffs where the environment has no references."""
    from policybench.store import load_run

    stored = load_run(run.path)
    payoffs: Floats = stored.steps.payoffs.reshape(-1, len(stored.manifest.protocol.seeds)).T
    reference = stored.manifest.reference
    if reference.floor is not None and reference.ceiling is not None:
        payoffs = (payoffs - reference.floor) / (reference.ceiling - reference.floor)
    means: Floats = np.cumsum(payoffs, axis=1) / np.arange(1, payoffs.shape[1] + 1)
    return means
