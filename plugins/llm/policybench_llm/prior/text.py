"""The report of a study on a screen."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import tabulate

from policybench.analysis import FEWEST_SEEDS, estimate_text
from policybench_llm.prior.arms import ARMS, BASELINE, Runs
from policybench_llm.prior.values import Difference, SpeedUp, differences, speed_ups

_MANY_FAILED = 0.05


def as_text(runs: Runs) -> str:
    """The arms, the differences between them, how fast targets were reached, and what may be concluded."""
    found = differences(runs)
    unit = "score" if _scored(runs) else "payoff"
    parts = [
        _arms(runs, unit),
        f"Differences of the mean {unit} of all steps, over shared seeds:\n\n{_differences(found)}",
        _speed(speed_ups(runs)),
        "\n".join(_conclusions(runs, found)),
    ]
    return "\n\n".join(part for part in parts if part)


def _scored(runs: Runs) -> bool:
    measure = next(iter(runs.arms.values())).summary().scores.sample_efficiency
    return measure is not None and measure.score is not None


def _arms(runs: Runs, unit: str) -> str:
    told = {arm.name: arm.told for arm in ARMS} | {BASELINE: "nothing; an optimiser"}
    rows = []
    for name, run in runs:
        summary = run.summary()
        all_steps, early = summary.scores.sample_efficiency, summary.scores.sample_efficiency_10
        tokens = sum(summary.costs.get(part, 0.0) for part in ("input_tokens", "output_tokens"))
        rows.append(
            [
                name,
                told[name],
                estimate_text(None if all_steps is None else all_steps.estimate, ".3g"),
                estimate_text(None if early is None else early.estimate, ".3g"),
                f"{summary.failed_share:.0%}" if name in runs.arms else "-",
                f"{tokens:,.0f}" if name in runs.arms else "-",
                f"{summary.costs['usd']:.2f}" if "usd" in summary.costs else "-",
            ]
        )
    headers = ["arm", "what is told", f"mean {unit}", "first 10 steps", "failed", "tokens", "US dollars"]
    table: str = tabulate(
        rows, headers, disable_numparse=True, colalign=("left", "left", *["right"] * 5), maxcolwidths=[None, 22]
    )
    return table


def _differences(found: Sequence[Difference]) -> str:
    rows = [
        [
            difference.question.name,
            f"{difference.question.one} - {difference.question.other}",
            estimate_text(difference.estimate, ".3g"),
            "yes" if difference.shown else "no",
            difference.question.asks,
        ]
        for difference in found
    ]
    headers = ["what", "arms", "difference", "shown", "what it says"]
    table: str = tabulate(rows, headers, disable_numparse=True, maxcolwidths=[None, None, None, None, 30])
    return table


def _speed(found: Sequence[SpeedUp]) -> str:
    if not found:
        return ""
    reached = [speed for speed in found if (speed.steps, speed.baseline) != (None, None)]
    if not reached:
        return f"Neither these arms nor {BASELINE} reached a target, a mean of 10 steps at 50% or more."
    rows = [
        [
            speed.arm,
            f"{speed.share:.0%}",
            _steps(speed.steps),
            _steps(speed.baseline),
            "-" if speed.factor is None else f"{speed.factor:.1f}",
            estimate_text(speed.saved, ".3g"),
        ]
        for speed in reached
    ]
    headers = ["arm", "target", "its steps", f"{BASELINE}'s steps", "times faster", "steps saved"]
    table = tabulate(rows, headers, disable_numparse=True, colalign=("left", *["right"] * 5))
    return (
        f"Expected steps until the mean of 10 steps reaches a target; a hyphen where no seed did:\n\n{table}\n\n"
        "Steps saved count a seed that never reached it with its whole budget."
    )


def _steps(steps: float | None) -> str:
    return "-" if steps is None else f"{steps:,.0f}"


def _conclusions(runs: Runs, found: Sequence[Difference]) -> list[str]:
    """A sentence each, the warnings first."""
    lines = []
    seeds = found[0].estimate.seeds
    if seeds < FEWEST_SEEDS:
        lines.append(f"{seeds} seeds allow no claim; take at least {FEWEST_SEEDS}.")
    failed = {name: run.summary().failed_share for name, run in runs.arms.items()}
    bad = [f"{name} ({share:.0%})" for name, share in failed.items() if share > _MANY_FAILED]
    if bad:
        lines.append(
            f"Steps without a usable answer repeat the action before: {', '.join(bad)}. Such an arm says little "
            "about what the model knows."
        )
    for difference in found:
        question = difference.question
        ahead, behind = (
            (question.one, question.other) if difference.estimate.mean > 0 else (question.other, question.one)
        )
        if difference.shown:
            lines.append(f"{question.subject} is shown: {ahead} is better than {behind}.")
        elif seeds >= FEWEST_SEEDS:
            lines.append(
                f"{question.subject} is not shown, which does not show that there is none; more seeds tell more."
            )
    return lines
