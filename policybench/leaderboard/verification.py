"""Evaluates recorded rows of a submission again, and says whether its payoffs are what the environment pays.

An outcome is a function of (seed, step, action), so the principal is not needed. Rows that were filled in follow
from others, which are therefore drawn the more often. On the same kind of platform every number must be equal.
Elsewhere rounding may send followers another way, so single payoffs differ, but recorded and fresh ones are then
exchangeable; a paired permutation test refuses payoffs that are too high, or validation timesteps that are too
few, to be luck.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from policybench.arrays import Floats
from policybench.leaderboard.checks_environment import check_against, make_environment
from policybench.leaderboard.checks_filled import evidence
from policybench.leaderboard.platforms import differences
from policybench.leaderboard.schema import CurveRows, FinalRows, Submission
from policybench.outcome import Outcome
from policybench.problem import Problem

SIGNIFICANCE = 0.01
"""Probability that the tests refuse an honest submission on another platform."""

MOST_DEVIATIONS = 6.0
"""By how many standard deviations of one evaluation a payoff may differ on another platform.

Followers that learn otherwise make another draw: two draws differ by six deviations in one of 50,000 cases.
"""

_USUAL_DEVIATION = 0.25  # of the way from floor to ceiling, where an environment does not declare its noise


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


@dataclass(frozen=True)
class Verification:
    """What a sample of rows says.

    Attributes:
        rows: all that were evaluated again.
        platform: in what this platform differs from the submission's; empty if in nothing.
        refuted: whether the sample shows the submission to be wrong.
        conclusion: one sentence.
    """

    rows: list[Row]
    platform: list[str]
    refuted: bool
    conclusion: str


def verify(
    where: str,
    submission: Submission,
    n_rows: int,
    rng: np.random.Generator,
    workers: int,
    tick: Callable[[int], None] = lambda _: None,
) -> Verification:
    """Evaluate a random sample of recorded rows again, half of them final evaluations.

    Args:
        where: the file, for messages.
        submission: consistent in itself.
        n_rows: rows to sample; all if there are fewer.
        rng: draws the sample.
        workers: threads.
        tick: is told how many rows were just evaluated.

    Raises:
        InputError: the environment is not installed, or the submission does not fit it.
    """
    problem = check_against(where, submission)
    finals = sum(map(len, submission.final))
    in_curves = sum(rows.n_evaluated for rows in submission.curves)
    n_final = min(max((n_rows + 1) // 2, n_rows - in_curves), finals)
    rows: list[Row] = []
    for final, count in ((True, n_final), (False, min(n_rows - n_final, in_curves))):
        places = _finals(submission.final) if final else _evaluated(submission.curves)
        for batch in _sample(places, count, workers, rng):
            rows += _evaluate(submission, batch, workers, final=final)
            tick(len(batch))
    platform = differences(submission)
    return Verification(rows, platform, *_conclude(rows, platform, _deviation(problem)))


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
    """The standard deviation of one evaluation; None where nothing is known."""
    if problem.floor is None or problem.ceiling is None:
        return None
    return problem.ceiling.deviation or _USUAL_DEVIATION * (problem.ceiling.payoff - problem.floor.payoff)


def _conclude(rows: list[Row], platform: list[str], deviation: float | None) -> tuple[bool, str]:
    wrong = [row for row in rows if not row.equal]
    if not wrong:
        return False, f"all {len(rows)} rows are equal to what the environment pays"
    if not platform:
        return True, f"{len(wrong)} of {len(rows)} rows differ on the same kind of platform"
    far = max(rows, key=lambda row: abs(row.payoff - row.fresh_payoff))
    if deviation is not None and abs(far.payoff - far.fresh_payoff) > MOST_DEVIATIONS * deviation:
        return True, (
            f"no platform can explain {far}: they differ by more than {MOST_DEVIATIONS:g} standard deviations "
            f"of {deviation:.3g}"
        )
    tests = _tests(rows)
    level = SIGNIFICANCE / len(tests)
    for name, p_value in tests.items():
        if p_value < level:
            return True, f"{name} than luck allows (paired permutation test, p = {p_value:.2g} < {level:.2g})"
    fewest = min(len([row for row in rows if row.part == part]) for part in ("curves", "final"))
    lowest = min(tests.values())
    if 0.5**fewest >= level:
        return False, f"too few rows for a test on another platform ({fewest} of a kind); raise --rows"
    return False, (
        f"{len(wrong)} of {len(rows)} rows differ, as other platforms may; nothing speaks against the submission "
        f"(paired permutation tests, lowest p = {lowest:.2g}, refused below {level:.2g})"
    )


def _tests(rows: list[Row]) -> dict[str, float]:
    """One-sided p-values, of the directions that an author would gain from."""
    groups = {part: [row for row in rows if row.part == part] for part in ("curves", "final")}
    samples = {
        "final payoffs are higher": [row.payoff - row.fresh_payoff for row in groups["final"]],
        "payoffs of the curves are higher": [row.payoff - row.fresh_payoff for row in groups["curves"]],
        "validation timesteps are fewer": [
            float(row.fresh_timesteps[1] - row.timesteps[1]) for row in groups["curves"]
        ],
    }
    return {name: _p_value(np.array(sample)) for name, sample in samples.items()}


def _p_value(gains: Floats) -> float:
    """Of the hypothesis that gains are as likely positive as negative: exact for few rows."""
    if not gains.any():
        return 1.0
    from scipy import stats  # longer to import than to use, and honest rows do not come here

    found = stats.permutation_test(
        (gains, np.zeros_like(gains)),
        lambda one, other, axis: np.mean(one - other, axis=axis),
        permutation_type="samples",
        alternative="greater",
        vectorized=True,
        rng=np.random.default_rng(0),
    )
    return float(found.pvalue)
