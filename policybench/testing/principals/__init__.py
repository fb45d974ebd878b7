"""What is asked of every principal; a check's docstring is its section of the page."""

from __future__ import annotations

from collections.abc import Callable

from policybench.testing.principals.asking import (
    contexts_are_honoured,
    recommend_at_any_time,
    recommend_changes_nothing,
    tell_follows_ask,
)
from policybench.testing.principals.costs import overhead, writes_stay_in_the_folder
from policybench.testing.principals.repeating import (
    resume,
    same_seed_same_behaviour,
    seeds_are_independent,
    state_is_whole,
)
from policybench.testing.principals.subject import PrincipalSubject
from policybench.testing.principals.tasks import every_environment, every_shape

CHECKS: tuple[Callable[[PrincipalSubject], None], ...] = (
    every_shape,
    every_environment,
    contexts_are_honoured,
    recommend_at_any_time,
    recommend_changes_nothing,
    tell_follows_ask,
    same_seed_same_behaviour,
    resume,
    state_is_whole,
    seeds_are_independent,
    writes_stay_in_the_folder,
    overhead,
)

__all__ = ["CHECKS", "PrincipalSubject"]
