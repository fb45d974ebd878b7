"""Which tasks a principal plays."""

from __future__ import annotations

from policybench.errors import InputError, StopRunError
from policybench.testing.check import fail, located, shown
from policybench.testing.principals.cases import Case, towards_a_corner
from policybench.testing.principals.subject import LONG, N_STEPS, PrincipalSubject

_FEW_STEPS = 3


def every_shape(subject: PrincipalSubject) -> None:
    """It plays tasks of 1 to 5 numbers, with and without contexts and observations, inside their action spaces.

    A principal names no environment: it learns from ``problem`` how many numbers an action has and where they
    may lie, which contexts there are (whole numbers, bits, real numbers, or none) and what is observed. The
    tasks are noisy quadratics. In one of them, which goes on for longer, a corner pays best: whoever moves in
    steps leaves the space there if nothing keeps it in.

    They are played as the harness plays: it gives the gradient only to principals with ``needs_gradient``, asks no
    more after ``settled`` has returned an end, and writes ``notes`` into the step log as JSON. Contexts, actions
    and observations that a principal is given are not its own to write into. A principal that is not made for a
    task refuses it by ``InputError`` in ``__init__`` or ``attach``, which is no failure.

    To fix: take every size from ``problem``; clip to ``action_space.low`` and ``high``; copy what you change.
    """
    for case in subject.of_every_shape:
        _play(subject, case, N_STEPS)
    for case in subject.of_every_shape[:1]:
        _play(subject, towards_a_corner(case), LONG)


def every_environment(subject: PrincipalSubject) -> None:
    """It plays the task of every installed environment: its action space, contexts, observations and grid.

    Real tasks are larger than made ones: thousands of observed numbers, some without bounds. No game is played for
    this check; payoffs are made up. Environments that cannot be made with their defaults are left out, and so are
    those that have no gradient where the principal needs one.

    To fix: run the principal on the environment that is named, ``policybench run --principal ... --env ...
    --protocol smoke``; refuse by ``InputError`` what it cannot do.
    """
    for case in subject.of_every_environment:
        _play(subject, case, _FEW_STEPS)


def _play(subject: PrincipalSubject, case: Case, n_steps: int) -> None:
    try:
        with subject.game(case) as begun:
            begun.play(n_steps)
    except (AssertionError, StopRunError):
        raise
    except InputError as error:
        fail(f"a task is refused before the first step (task: {case.name})", shown(error), because=error)
    except Exception as error:  # noqa: BLE001 - it may raise anything
        fail(f"it plays the task: {case.name}", located(error), because=error)
