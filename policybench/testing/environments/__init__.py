"""What is asked of every environment; a check's docstring is its section of the page."""

from __future__ import annotations

from collections.abc import Callable

from policybench.testing.environments.arguments import arguments_are_left_alone, bad_actions_are_refused, pictures
from policybench.testing.environments.declared import (
    contexts_are_declared,
    final_options,
    outcomes_are_declared,
    problem_is_complete,
    timesteps_are_counted,
)
from policybench.testing.environments.gradients import gradient
from policybench.testing.environments.randomness import (
    batch_of_one,
    common_random_numbers,
    determinism,
    rows_are_independent,
    seeds_and_steps_matter,
    threads,
)
from policybench.testing.environments.subject import EnvironmentSubject

CHECKS: tuple[Callable[[EnvironmentSubject], None], ...] = (
    problem_is_complete,
    outcomes_are_declared,
    timesteps_are_counted,
    contexts_are_declared,
    final_options,
    determinism,
    common_random_numbers,
    rows_are_independent,
    batch_of_one,
    seeds_and_steps_matter,
    threads,
    arguments_are_left_alone,
    bad_actions_are_refused,
    pictures,
    gradient,
)

__all__ = ["CHECKS", "EnvironmentSubject"]
