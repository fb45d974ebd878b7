"""What is asked of every environment."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np
from gymnasium import spaces

from policybench.errors import InputError
from policybench.testing.check import fail, same
from policybench.testing.governing import SEEDS, STEP, GovernedSubject, check_equal
from policybench.testing.gradients import gradient
from policybench.testing.problems import problem_is_complete


def outcomes_are_declared(subject: GovernedSubject) -> None:
    """It returns an outcome a seed, with a finite payoff and an observation that lies in the observation space."""
    space = subject.ready.problem.observation_space
    outcomes = subject.outcomes
    if len(outcomes) != len(SEEDS):
        fail(f"{len(SEEDS)} outcomes for {len(SEEDS)} seeds", f"{len(outcomes)}")
    for seed, outcome in zip(SEEDS, outcomes, strict=True):
        if not math.isfinite(outcome.payoff):
            fail("payoffs are finite", f"{outcome.payoff} for seed {seed}")
        if set(outcome.observation) != set(space):
            fail(f"an observation of {sorted(space)}", f"{sorted(outcome.observation)} for seed {seed}")
        for name, part in space.items():
            value = outcome.observation[name]
            if not part.contains(value):
                shape, dtype = getattr(value, "shape", "no array"), getattr(value, "dtype", type(value))
                fail(f"observation {name!r} lies in {part}", f"{shape} {dtype} {value!r} for seed {seed}")


def timesteps_are_counted(subject: GovernedSubject) -> None:
    """Timesteps are whole numbers, at least one of them for validation, and every seed says what it took."""
    for seed, outcome in zip(SEEDS, subject.outcomes, strict=True):
        for name, least in (("training", 0), ("validation", 1)):
            value = getattr(outcome.timesteps, name)
            if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
                fail(f"timesteps.{name} is an integer, at least {least}", f"{value!r} for seed {seed}")


def contexts_are_declared(subject: GovernedSubject) -> None:
    """If it has a context space it gives a context a seed, a function of seed and step alone; else None."""
    space = subject.ready.problem.context_space
    for step in (0, STEP, 10**6):
        contexts = subject.ready.contexts(step)
        if space is None:
            if contexts is not None:
                fail("contexts() returns None where there is no context space", repr(contexts))
            continue
        if contexts is None or len(contexts) != len(SEEDS):
            fail(f"contexts() returns {len(SEEDS)} contexts, each in {space}", repr(contexts))
        for seed, context in zip(SEEDS, contexts, strict=True):
            inside = space.contains(context) or (
                isinstance(space, spaces.Discrete) and np.ndim(context) == 0 and space.contains(int(context))
            )
            if not inside:
                fail(f"contexts() returns contexts in {space}", f"{context!r} for seed {seed}")
        alone = subject.make([SEEDS[2]]).contexts(step)
        if alone is None or not same(alone[0], contexts[2]):
            fail("a context depends on seed and step alone", f"{contexts[2]!r} and {alone!r} for seed {SEEDS[2]}")


def determinism(subject: GovernedSubject) -> None:
    """Two instances pay the same for the same seed, step and action, whatever the global random generators do."""
    before = np.random.get_state()
    try:
        np.random.seed(5)
        found = subject.make_ready().evaluate(STEP, subject.actions.copy())
    finally:
        np.random.set_state(before)
    check_equal("two instances agree in every bit", found, subject.outcomes, SEEDS)


def common_random_numbers(subject: GovernedSubject) -> None:
    """What was evaluated before, other actions at the same step or other steps, changes nothing."""
    environment = subject.ready
    environment.evaluate(STEP + 1, subject.actions.copy())
    environment.evaluate(STEP, subject.others.copy())
    found = environment.evaluate(STEP, subject.actions.copy())
    check_equal("an outcome is a function of (seed, step, action)", found, subject.outcomes, SEEDS)


def rows_are_independent(subject: GovernedSubject) -> None:
    """One seed's action does not touch the outcome of another seed."""
    mixed = subject.others.copy()
    mixed[2] = subject.actions[2]
    found = subject.ready.evaluate(STEP, mixed)
    check_equal("other rows' actions change nothing", [found[2]], [subject.outcomes[2]], [SEEDS[2]])


def batch_of_one(subject: GovernedSubject) -> None:
    """A seed alone is paid what it is paid in a batch of five."""
    for row in (1, 4):
        found = subject.make_ready([SEEDS[row]]).evaluate(STEP, subject.actions[row : row + 1].copy())
        check_equal("a batch of one equals that row of five", found, [subject.outcomes[row]], [SEEDS[row]])


def seeds_and_steps_matter(subject: GovernedSubject) -> None:
    """Where one seed's payoffs are random, every seed and every step has a stream of its own."""
    same_action = np.repeat(subject.actions[:1], len(SEEDS), axis=0)
    by_seed = [outcome.payoff for outcome in subject.ready.evaluate(STEP, same_action.copy())]
    by_step = [subject.ready.evaluate(step, same_action.copy())[0].payoff for step in (STEP, STEP + 1, STEP + 2)]
    random_seeds, random_steps = len(set(by_seed)) > 1, len(set(by_step)) > 1
    if random_seeds != random_steps and subject.ready.problem.context_space is None:
        fail(
            "payoffs of one action vary over seeds and over steps, or over neither",
            f"over seeds {by_seed}, over steps {by_step}",
        )


def threads(subject: GovernedSubject) -> None:
    """Instances with separate seeds may be evaluated at the same time, by several threads."""
    parts = [slice(0, 2), slice(2, 5)]
    instances = [subject.make_ready(SEEDS[part]) for part in parts]
    with ThreadPoolExecutor(2) as pool:
        futures = [
            pool.submit(instance.evaluate, STEP, subject.actions[part].copy())
            for instance, part in zip(instances, parts, strict=True)
        ]
        found = [outcome for future in futures for outcome in future.result()]
    check_equal("threads change nothing", found, subject.outcomes, SEEDS)


def arguments_are_left_alone(subject: GovernedSubject) -> None:
    """It does not write into the array of actions that it is given."""
    given = subject.actions.copy()
    subject.ready.evaluate(STEP, given)
    if not same(given, subject.actions):
        fail("evaluate() leaves its actions as they are", f"{subject.actions.tolist()} became {given.tolist()}")


def bad_actions_are_refused(subject: GovernedSubject) -> None:
    """Actions outside the action space, NaN, or of the wrong shape raise ``ValueError`` (``InputError``)."""
    space = subject.ready.problem.action_space
    bad = {"above the upper bound": subject.actions.copy(), "NaN": subject.actions.copy()}
    bad["above the upper bound"][0, 0] = float(space.high[0]) + 1.0
    bad["NaN"][0, 0] = math.nan
    bad["with a number too many"] = np.concatenate([subject.actions, subject.actions[:, :1]], axis=1)
    bad["for one seed fewer"] = subject.actions[:-1].copy()
    for what, actions in bad.items():
        try:
            subject.ready.evaluate(STEP, actions)
        except ValueError:
            continue
        fail(f"evaluate() refuses an action {what} by InputError", "it evaluated it")


def pictures(subject: GovernedSubject) -> None:
    """Its pictures are arrays [height, width, 3] of uint8; one that draws none says so by ``InputError``."""
    try:
        frames = list(islice(subject.make_ready([SEEDS[0]]).render(STEP, subject.actions[0].copy()), 2))
    except InputError:
        return
    if not frames:
        fail("render() yields at least one frame", "none")
    for frame in frames:
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
            fail("frames [height, width, 3] of uint8", f"{frame.shape} of {frame.dtype}")


CHECKS: tuple[Callable[[GovernedSubject], None], ...] = (
    problem_is_complete,
    outcomes_are_declared,
    timesteps_are_counted,
    contexts_are_declared,
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
