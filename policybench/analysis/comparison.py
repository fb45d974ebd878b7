"""Two runs held against each other, and what may be concluded from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policybench.analysis.formats import estimate_text
from policybench.analysis.ranking import FEWEST_SEEDS, LEVEL
from policybench.analysis.scores import Measure
from policybench.analysis.statistics import (
    Estimate,
    difference_of_means,
    mean_with_interval,
    paired_p_values,
    probability_of_improvement,
    seeds_needed,
    unpaired_p_value,
)
from policybench.analysis.summary import Summary, summary_of
from policybench.arrays import Floats
from policybench.errors import InputError
from policybench.store import StoredRun
from policybench.store.reading import unfinished

MEASURES = {
    "sample_efficiency": "sample efficiency",
    "convergence": "convergence",
    "recommended": "recommended action",
}
"""What two runs are compared by, and how it is called."""

_EACH = LEVEL / len(MEASURES)


@dataclass(frozen=True)
class Difference:
    """One measure of two runs, one minus other, in scores; in payoffs where there are no references.

    Attributes:
        measure: its name.
        one: of the first run.
        other: of the second run.
        difference: of their means, with an interval that is a little wider than 95%: all of a comparison's
            intervals together hold with 95%.
        p_value: of the hypothesis that there is no difference, for this measure alone.
        probability_of_improvement: that a random seed of the first run scores above one of the second.
        seeds_needed: with how many shared seeds a difference of this size would be shown in four of five cases;
            None if it is shown, or if no number of seeds up to 10,000 would do.
    """

    measure: str
    one: Estimate
    other: Estimate
    difference: Estimate
    p_value: float
    probability_of_improvement: float
    seeds_needed: int | None

    @property
    def shown(self) -> bool:
        """Whether the data show a difference, at 5% for all measures of a comparison together."""
        return self.p_value <= _EACH and self.difference.seeds >= FEWEST_SEEDS


@dataclass(frozen=True)
class Comparison:
    """Two runs on one environment under one protocol.

    Attributes:
        one: the name of the first run.
        other: the name of the second.
        shared_seeds: seeds that both ran; if there are any, differences are paired and use only those.
        differences: one a measure.
        conclusion: what may be concluded, and what may not; a sentence a measure.
    """

    one: str
    other: str
    shared_seeds: list[int]
    differences: list[Difference]
    conclusion: str


def compare(one: StoredRun, other: StoredRun) -> Comparison:
    """Compare two finished runs.

    Raises:
        InputError: a run is unfinished, the two are one, or they are of different environments or budgets.
    """
    runs = [summary_of(one), summary_of(other)]
    for stored, run in zip((one, other), runs, strict=True):
        if not run.finished:
            raise unfinished(stored.path, run.external)
    if one.path.resolve() == other.path.resolve():
        raise InputError(f"{one.path}: would be compared with itself; name two runs")
    for name in ("environment", "steps"):
        first, second = (getattr(run, name) for run in runs)
        if first != second:
            raise InputError(f"{one.path} and {other.path} cannot be compared: {name} {first} against {second}")
    return compare_summaries(*runs)


def compare_summaries(one: Summary, other: Summary) -> Comparison:
    """Compare two finished runs of one environment and budget."""
    shared = sorted(set(one.seeds) & set(other.seeds))
    differences = [_difference(name, one, other, shared) for name in MEASURES]
    names = [one.principal, other.principal]
    if names[0] == names[1]:
        names = [f"{one.principal} ({one.run})", f"{other.principal} ({other.run})"]
    where = f"on {one.environment} within {one.steps} steps"
    return Comparison(names[0], names[1], shared, differences, _conclude(names, differences, where, bool(shared)))


def _difference(name: str, one: Summary, other: Summary, shared: list[int]) -> Difference:
    first, second = _values(one, name, shared), _values(other, name, shared)
    if shared:
        gained = first - second
        found, p_value = mean_with_interval(gained, 1 - _EACH), float(paired_p_values(gained))
        needed = seeds_needed(gained, _EACH) if p_value > _EACH else None
    else:
        found, p_value = difference_of_means(first, second, 1 - _EACH), unpaired_p_value(first, second)
        needed = None
    return Difference(
        MEASURES[name],
        mean_with_interval(first),
        mean_with_interval(second),
        found,
        p_value,
        probability_of_improvement([first], [second]),
        needed,
    )


def _values(run: Summary, name: str, shared: list[int]) -> Floats:
    measure: Measure = getattr(run.scores, name)
    values = zip(run.seeds, measure.values, strict=True)
    return np.array([value for seed, value in values if not shared or seed in shared])


def _conclude(names: list[str], differences: list[Difference], where: str, paired: bool) -> str:
    seeds = differences[0].difference.seeds
    if seeds < FEWEST_SEEDS:
        several = "1 seed allows" if seeds == 1 else f"{seeds} seeds allow"
        return f"{several} no claim about {names[0]} and {names[1]} {where}; run at least {FEWEST_SEEDS}."
    sentences = [_sentence(names, difference, paired) for difference in differences]
    which = f"{seeds} shared seeds, paired" if paired else f"{seeds} seeds or more, none of them shared"
    return f"{where[0].upper()}{where[1:]}, over {which}: " + " ".join(sentences)


def _sentence(names: list[str], found: Difference, paired: bool) -> str:
    """What one measure allows to say."""
    ahead, behind = names if found.difference.mean > 0 else names[::-1]
    if found.shown:
        text = estimate_text(found.difference, ".3g")
        return f"{ahead} is better than {behind} by {found.measure} (difference {text})."
    if found.difference.mean == 0:
        return f"By {found.measure} the two do not differ."
    if found.difference.low is None:
        more = "too few equal differences to tell"
    elif found.seeds_needed is not None:
        size = f"{abs(found.difference.mean):.2g}"
        more = f"a difference of {size} would take about {found.seeds_needed:,} seeds to show"
    else:
        more = "more seeds than 10,000 would be needed to show it" if paired else "shared seeds would show more"
    return f"By {found.measure} neither is shown to be better ({more})."
