"""Evaluates recorded rows of a submission again, and says whether its payoffs are what the environment pays.

An outcome is a function of (seed, step, action), so the principal is not needed. Rows that were filled in follow
from others, which are therefore drawn the more often. Every number must be equal. Where one is not, the submission
is refuted if this is a platform of the kind that it states, or if the difference is larger than any platform can
explain; else it was not reproduced, which is no verdict about the submission.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum

import numpy as np

from policybench.leaderboard.checks_environment import check_against, make_environment
from policybench.leaderboard.checks_filled import evidence
from policybench.leaderboard.platforms import differences, differences_by_seed
from policybench.leaderboard.schema import CurveRows, FinalRows, Submission
from policybench.outcome import Outcome
from policybench.problem import Problem

MOST_DEVIATIONS = 6.0
"""By how many standard deviations of one evaluation a payoff may differ on another platform.

Followers that learn otherwise make another draw: two draws differ by six deviations in one of 50,000 cases.
"""

_USUAL_DEVIATION = 0.25
"""Of the way from floor to ceiling; what a single evaluation may deviate by at least, whatever is declared."""


@dataclass(frozen=True)
class Row:
    """A recorded row, and what the environment says today; ``part`` is ``curves`` or ``final``."""

    part: str
    seed: int
    step: int
    payoff: float
    timesteps: tuple[int, int]
    fresh_payoff: float
    fresh_timesteps: tuple[int, int]

    @property
    def equal(self) -> bool:
        """Whether nothing differs."""
        return self.payoff == self.fresh_payoff and self.timesteps == self.fresh_timesteps

    def __str__(self) -> str:
        """The row and its difference in one line."""
        where = f"{self.part}, seed {self.seed}, step {self.step}"
        if self.payoff != self.fresh_payoff:
            return f"{where}: payoff {self.payoff!r} recorded, {self.fresh_payoff!r} found"
        return f"{where}: timesteps {self.timesteps} recorded, {self.fresh_timesteps} found"


class Verdict(Enum):
    """What evaluating rows again says of a submission."""

    VERIFIED = "verified"
    REFUTED = "refuted"
    NOT_REPRODUCED = "not reproduced here"


@dataclass(frozen=True)
class Verification:
    """What rows say that were evaluated again.

    Attributes:
        rows: all of them.
        platform: in what this platform differs from the one that the submission states; empty if in nothing.
        verdict: of the submission.
        conclusion: one sentence.
    """

    rows: list[Row]
    platform: list[str]
    verdict: Verdict
    conclusion: str

    @property
    def refuted(self) -> bool:
        """Whether the submission is wrong."""
        return self.verdict is Verdict.REFUTED


def verify(
    where: str,
    submission: Submission,
    rng: np.random.Generator,
    workers: int,
    *,
    n_final: int | None,
    n_steps: int | None,
    tick: Callable[[int], None] = lambda _: None,
) -> Verification:
    """Evaluate recorded rows again.

    Args:
        where: the file, for messages.
        submission: consistent in itself.
        rng: draws the samples.
        workers: threads.
        n_final: how many final evaluations; None for all.
        n_steps: how many steps of the curves; None for all that were evaluated.
        tick: is told how many rows were just evaluated.

    Raises:
        InputError: the environment is not installed, or the submission does not fit it.
    """
    problem = check_against(where, submission)
    rows: list[Row] = []
    for final, wanted in ((True, n_final), (False, n_steps)):
        places = list(_finals(submission.final) if final else _evaluated(submission.curves))
        count = len(places) if wanted is None else min(wanted, len(places))
        for batch in _sample(places, count, workers, rng):
            rows += _evaluate(submission, batch, workers, final=final)
            tick(len(batch))
    platforms = differences_by_seed(submission)
    conclusion = _conclude(rows, platforms, _deviation(problem))
    return Verification(rows, differences(submission), *conclusion)


def sample_sizes(submission: Submission, n_rows: int) -> tuple[int, int]:
    """How many final evaluations, and how many steps, make a sample of so many rows: half and half if they can."""
    finals = sum(map(len, submission.final))
    in_curves = sum(rows.n_evaluated for rows in submission.curves)
    n_final = min(max((n_rows + 1) // 2, n_rows - in_curves), finals)
    return n_final, min(n_rows - n_final, in_curves)


@dataclass(frozen=True)
class _Place:
    """A row that may be drawn; ``stands_for`` is the number of recorded rows that its payoff decides."""

    rows: CurveRows | FinalRows
    index: int
    stands_for: float = 1.0

    @property
    def step(self) -> int:
        return self.rows.steps[self.index]


def _finals(final: Sequence[FinalRows]) -> Iterator[_Place]:
    for rows in final:
        yield from (_Place(rows, i) for i in range(len(rows)))


def _evaluated(curves: Sequence[CurveRows]) -> Iterator[_Place]:
    """Rows that were evaluated; those that filled ones follow from share the weight of these."""
    for rows in curves:
        decisive = evidence(rows)
        n_filled = len(rows) - rows.n_evaluated
        for i in range(rows.n_evaluated):
            yield _Place(rows, i, 1 + n_filled / len(decisive) if i in decisive else 1.0)


def _sample(
    places: Iterable[_Place], count: int, together: int, rng: np.random.Generator
) -> Iterator[list[_Place]]:
    """Batches of rows, each of one step and of as many seeds as can be evaluated at once."""
    by_step: dict[int, list[_Place]] = defaultdict(list)
    for place in places:
        by_step[place.step].append(place)
    batches = []
    for step in sorted(by_step):
        order = rng.permutation(len(by_step[step]))
        batches += [[by_step[step][k] for k in order[j : j + together]] for j in range(0, len(order), together)]
    weights = np.array([sum(place.stands_for for place in batch) for batch in batches])
    for k in rng.choice(len(batches), len(batches), replace=False, p=weights / weights.sum()):
        if count <= 0:
            return
        yield batches[k][:count]
        count -= len(batches[k])


def _evaluate(submission: Submission, batch: list[_Place], workers: int, *, final: bool) -> list[Row]:
    batch = sorted(batch, key=lambda place: place.rows.seed)
    actions = np.array([place.rows.actions[place.index] for place in batch])
    with closing(
        make_environment(submission, [place.rows.seed for place in batch], workers, final=final)
    ) as environment:
        environment.prepare()
        outcomes = environment.evaluate(batch[0].step, actions)
    part = "final" if final else "curves"
    return [_row(part, place, outcome) for place, outcome in zip(batch, outcomes, strict=True)]


def _row(part: str, place: _Place, outcome: Outcome) -> Row:
    rows, i = place.rows, place.index
    return Row(
        part,
        rows.seed,
        rows.steps[i],
        rows.payoffs[i],
        (rows.training[i], rows.validation[i]),
        float(outcome.payoff),
        (outcome.timesteps.training, outcome.timesteps.validation),
    )


def _deviation(problem: Problem) -> float | None:
    """The standard deviation of one evaluation; None where nothing is known.

    What is declared holds at the best action; elsewhere, as at a cliff, payoffs may vary by far more.
    """
    if problem.floor is None or problem.ceiling is None:
        return None
    usual = _USUAL_DEVIATION * (problem.ceiling.payoff - problem.floor.payoff)
    return max(problem.ceiling.deviation or 0.0, usual)


def _conclude(rows: list[Row], platforms: dict[int, list[str]], deviation: float | None) -> tuple[Verdict, str]:
    wrong = [row for row in rows if not row.equal]
    if not wrong:
        return Verdict.VERIFIED, f"all {len(rows)} rows are equal to what the environment pays"
    far = max(wrong, key=lambda row: abs(row.payoff - row.fresh_payoff))
    if deviation is not None and abs(far.payoff - far.fresh_payoff) > MOST_DEVIATIONS * deviation:
        return Verdict.REFUTED, (
            f"no platform can explain {far}: they differ by more than {MOST_DEVIATIONS:g} standard deviations "
            f"of {deviation:.3g}"
        )
    if here := [row for row in wrong if not platforms[row.seed]]:
        return Verdict.REFUTED, f"{len(here)} of {len(rows)} rows differ on the same kind of platform"
    differ = f"{len(wrong)} of {len(rows)} rows differ"
    return Verdict.NOT_REPRODUCED, f"{differ}, which another platform may explain, or a forgery"
