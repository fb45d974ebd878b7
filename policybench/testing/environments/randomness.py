"""That an outcome is a function of (seed, step, action): of nothing that was evaluated before or beside it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from policybench.global_generators import fixed_chance, global_states, used_since
from policybench.testing.check import fail
from policybench.testing.environments.subject import SEEDS, STEP, EnvironmentSubject, check_equal, evaluate


def determinism(subject: EnvironmentSubject) -> None:
    """Two instances pay the same for the same seed, step and action, whatever the global random generators do.

    Anybody can evaluate a published row again and find its payoff, to the last bit.

    To fix: draw everything from ``policybench.streams``, nothing from the global generators of Python, NumPy or
    PyTorch; let nothing depend on the order of sets or on time.
    """
    found = evaluate(subject.ready(), STEP, subject.actions, chance=5)
    check_equal("two instances agree in every bit", found, subject.outcomes, SEEDS)


def global_generators_are_left_alone(subject: EnvironmentSubject) -> None:
    """It neither draws from the global random generators of Python and NumPy nor seeds them.

    Seeds of a run are evaluated by several threads at once (``--workers``), which share these generators: what one
    draws is missing in the other, so that payoffs would depend on the number of workers, even if every episode
    seeds them.

    To fix: draw from generators of your own: ``policybench.streams.generator(seed, step, "role")``, and in a game
    ``numpy.random.default_rng(seed)`` in ``reset``.
    """
    environment = subject.ready()
    with fixed_chance(7):
        before = global_states()
        environment.evaluate(STEP, subject.actions.copy())
        used = used_since(before)
    if used:
        fail("evaluate() leaves the global random generators as they are", f"it used that of {used}")


def common_random_numbers(subject: EnvironmentSubject) -> None:
    """What was evaluated before, other actions at the same step or other steps, changes nothing.

    Two principals that set the same action at the same step and seed meet the same game, whatever they did before:
    so they are compared in pairs, and a resumed run ends as one that was never stopped.

    To fix: make a fresh stream from seed, step and role in every evaluation, and let followers begin anew.
    """
    seeds, actions, others = SEEDS[:2], subject.actions[:2], subject.others[:2]
    reference = evaluate(subject.ready(seeds), STEP, actions)
    environment = subject.ready(seeds)
    evaluate(environment, STEP + 1, actions)
    evaluate(environment, STEP, others)
    found = evaluate(environment, STEP, actions)
    check_equal("an outcome is a function of (seed, step, action)", found, reference, seeds)


def rows_are_independent(subject: EnvironmentSubject) -> None:
    """One seed's action does not touch the outcome of another seed.

    A batch is there for speed alone: rows belong to different runs in all but name.

    To fix: look for what is shared by the batch: a statistic over all rows, a stopping rule, a buffer.
    """
    mixed = subject.others.copy()
    mixed[2] = subject.actions[2]
    found = evaluate(subject.ready(), STEP, mixed)
    check_equal("other rows' actions change nothing", [found[2]], [subject.outcomes[2]], [SEEDS[2]])


def batch_of_one(subject: EnvironmentSubject) -> None:
    """A seed alone is paid what it is paid in a batch of five, to the last bit.

    Runs are split over threads and machines by seed, and put together again.

    To fix: let streams depend on the seed, not on its place in the batch; mind that batched matrix products may
    round otherwise than single ones.
    """
    for row in (1, 4):
        found = evaluate(subject.ready([SEEDS[row]]), STEP, subject.actions[row : row + 1])
        check_equal("a batch of one equals that row of five", found, [subject.outcomes[row]], [SEEDS[row]])


def seeds_and_steps_matter(subject: EnvironmentSubject) -> None:
    """Where payoffs are random, every seed and every step has a stream of its own.

    Intervals over seeds mean nothing if all seeds see the same game, and a mean over steps means little if all
    steps do. Environments without chance pass, and so do those with contexts, which vary by themselves.

    To fix: derive streams from both: ``policybench.streams.generator(seed, step, "role")``.
    """
    if subject.problem.context_space is not None:
        return
    action = np.repeat(subject.actions[:1], len(SEEDS), axis=0)
    by_seed = [outcome.payoff for outcome in evaluate(subject.ready(), STEP, action)]
    alone = subject.ready(SEEDS[:1])
    by_step = [evaluate(alone, step, action[:1])[0].payoff for step in range(STEP, STEP + len(SEEDS))]
    few, many = sorted((len(set(by_seed)), len(set(by_step))))
    # Where an outcome can take two values only, five of them may well be equal by chance.
    if few == 1 and many > 2:
        fail(
            "payoffs of one action vary over seeds and over steps, or over neither",
            f"over seeds {by_seed}, over steps {by_step}",
        )


def threads(subject: EnvironmentSubject) -> None:
    """Instances with separate seeds may be evaluated at the same time, by several threads.

    The harness uses all cores so: one instance a thread, each with some of the seeds.

    To fix: keep buffers and engines in the instance, not in the class or the module, or lock them.
    """
    parts = [slice(0, 1), slice(1, 3)]
    expected = [evaluate(subject.ready(SEEDS[part]), STEP, subject.actions[part]) for part in parts]
    instances = [subject.ready(SEEDS[part]) for part in parts]
    with fixed_chance(0), ThreadPoolExecutor(2) as pool:
        futures = [
            pool.submit(instance.evaluate, STEP, subject.actions[part].copy())
            for instance, part in zip(instances, parts, strict=True)
        ]
        found = [future.result() for future in futures]
    for part, one, other in zip(parts, found, expected, strict=True):
        check_equal("two threads find what one after the other finds", one, other, SEEDS[part])
