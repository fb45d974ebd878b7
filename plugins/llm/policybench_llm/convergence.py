"""When the search has ended, as the paper has it: the model gives the same action many times in a row."""

from __future__ import annotations

from collections.abc import Sequence

from policybench_llm.demonstrations import Demonstration

Context = tuple[float, ...] | None


def latest_in(context: Context, past: Sequence[Demonstration]) -> Demonstration | None:
    """The latest step in this context; None if there is none."""
    return next((step for step in reversed(past) if step.context == context), None)


def converged(past: Sequence[Demonstration], streak: int, context: Context) -> tuple[tuple[float, ...], float]:
    """Action and payoff at which the search has ended.

    Args:
        past: all steps.
        streak: how many of the last ones repeat an action.
        context: the present one.

    Returns:
        The action that was repeated in this context, and its mean payoff over the streak. Of a context that the
        streak does not contain, the payoff is that of the whole streak; of one never seen, so is the action.
    """
    repeated = past[-streak:]
    here = [step for step in repeated if step.context == context]
    action = (latest_in(context, past) or past[-1]).action
    payoffs = [step.payoff for step in here or repeated]
    return action, sum(payoffs) / len(payoffs)
