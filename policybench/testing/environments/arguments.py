"""What an environment does with what it is given, and what it draws."""

from __future__ import annotations

import math
from itertools import islice
from typing import Any

import numpy as np

from policybench.errors import InputError
from policybench.global_generators import fixed_chance
from policybench.outcome import Outcome
from policybench.testing.check import fail, same, shown
from policybench.testing.environments.subject import SEEDS, STEP, EnvironmentSubject, evaluate


def arguments_are_left_alone(subject: EnvironmentSubject) -> None:
    """It does not write into the array of actions that it is given.

    The harness logs the actions after they were evaluated and tells them to the principals.

    To fix: work on a copy.
    """
    actions = subject.actions[:1]
    given = actions.copy()
    with fixed_chance(0):
        subject.ready(SEEDS[:1]).evaluate(STEP, given)
    if not same(given, actions):
        fail("evaluate() leaves its actions as they are", f"{shown(actions)} became {shown(given)}")


def actions_matter(subject: EnvironmentSubject) -> None:
    """Some actions lead to other outcomes than others, for the same seeds and steps.

    An action that gets lost on its way leaves payoffs that look like those of any other game, and all principals
    equally good. Two seeds are tried at two steps, with the lowest, the middle and the highest action and two
    random ones. Where followers do not learn, ``training_episodes=0``, nothing is asked for.

    To fix: follow the action from ``evaluate`` to the place where the game pays; look for what ``reset`` forgets.
    """
    if subject.options.get("training_episodes") == 0:
        return
    space, seeds = subject.problem.action_space, SEEDS[:2]
    low, high = space.low.astype(np.float64), space.high.astype(np.float64)
    tried = [low, (low + high) / 2, high, subject.actions[0], subject.others[0]]
    environment = subject.ready(seeds)
    for step in (STEP, STEP + 1):
        found = [_told(evaluate(environment, step, np.array([action, action]))) for action in tried]
        if any(not same(found[0], other) for other in found[1:]):
            return
    fail("outcomes that differ between actions", f"the same for {len(tried)} actions, at two steps of two seeds")


def _told(outcomes: list[Outcome]) -> list[Any]:
    """All that a principal is told."""
    return [[outcome.payoff, dict(outcome.observation)] for outcome in outcomes]


def bad_actions_are_refused(subject: EnvironmentSubject) -> None:
    """Actions outside the action space, NaN, or of the wrong shape raise ``ValueError`` (``InputError``).

    Users evaluate actions by hand, and submissions hold actions of strangers: a payoff for what cannot be set
    would be a wrong result that looks like a good one.

    To fix: begin ``evaluate`` with ``policybench.actions.check_actions(actions, len(self.seeds), space)``.
    """
    environment = subject.ready()
    space = subject.problem.action_space
    names = ("above the upper bound", "below the lower bound", "of NaN")
    bad = {name: subject.actions.copy() for name in names}
    for name, number in zip(names, (float(space.high[0]) + 1, float(space.low[0]) - 1, math.nan), strict=True):
        bad[name][0, 0] = number
    bad["with a number too many"] = np.concatenate([subject.actions, subject.actions[:, :1]], axis=1)
    bad["for one seed fewer"] = subject.actions[:-1].copy()
    for what, actions in bad.items():
        expected = f"evaluate() refuses actions {what} by InputError"
        try:
            environment.evaluate(STEP, actions)
        except ValueError:
            continue
        except Exception as error:  # noqa: BLE001 - it may raise anything
            fail(expected, shown(error), because=error)
        fail(expected, "it evaluated them")


def pictures(subject: EnvironmentSubject) -> None:
    """Its pictures are arrays [height, width, 3] of uint8; one that draws none says so by ``InputError``.

    ``policybench render`` and reports make moving pictures of them.

    To fix: convert frames, or leave ``render`` out.
    """
    environment = subject.ready(SEEDS[:1])
    try:
        with fixed_chance(0):
            frames = list(islice(environment.render(STEP, subject.actions[0].copy()), 2))
    except InputError:
        return
    if not frames:
        fail("render() yields at least one frame", "none")
    for frame in frames:
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
            fail("frames [height, width, 3] of uint8", f"{frame.shape} of {frame.dtype}")
