"""Sentences that the descriptions of these environments share."""

from __future__ import annotations


def tell_learning(training_episodes: int, validation_episodes: int) -> str:
    """The part of a story that all these environments share: when followers learn, and when they are scored."""
    return (
        "In every principal step the followers start anew, as they were before the first one, learn for "
        f"{_episodes(training_episodes)} under what was set, and then play {_episodes(validation_episodes)} in "
        "which they do not learn and are scored."
    )


def _episodes(number: int) -> str:
    return f"{number} episode{'' if number == 1 else 's'}"


def mean_over(validation_episodes: int) -> str:
    """What the meaning of an observation adds where it is a mean."""
    return "" if validation_episodes == 1 else f" (mean over {validation_episodes} validation episodes)"
