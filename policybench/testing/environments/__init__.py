"""What is asked of every environment; a check's docstring is its section of the page."""

from __future__ import annotations

from collections.abc import Callable

from policybench.testing.environments.arguments import (
    actions_matter,
    arguments_are_left_alone,
    bad_actions_are_refused,
    pictures,
)
from policybench.testing.environments.declared import (
    contexts_are_declared,
    final_options,
    outcomes_are_declared,
    problem_is_complete,
    timesteps_are_counted,
)
from policybench.testing.environments.elsewhere import other_processes
from policybench.testing.environments.gradients import gradient
from policybench.testing.environments.leftovers import closing
from policybench.testing.environments.randomness import (
    batch_of_one,
    common_random_numbers,
    determinism,
    global_generators_are_left_alone,
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
    global_generators_are_left_alone,
    other_processes,
    common_random_numbers,
    rows_are_independent,
    batch_of_one,
    seeds_and_steps_matter,
    threads,
    actions_matter,
    arguments_are_left_alone,
    bad_actions_are_refused,
    pictures,
    gradient,
    closing,
)

__all__ = ["CHECKS", "EnvironmentSubject"]
