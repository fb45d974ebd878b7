"""What is asked of every principal."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np

from policybench.errors import InputError
from policybench.specs import PrincipalSpec
from policybench.store.checkpoint import decode
from policybench.streams import generator
from policybench.testing.cases import Case, cases
from policybench.testing.check import fail, same
from policybench.testing.playing import Game, game, in_space
from policybench.testing.writes import watched

N_STEPS = 8
"""Steps that most checks play, twice where they compare a continuation."""

COST_LIMIT = 10.0
"""CPU time of ask and tell, in units of a million turns of an empty Python loop."""


@dataclass(frozen=True)
class PrincipalSubject:
    """The principal under test; ``options`` are those that do not have their defaults."""

    spec: PrincipalSpec
    options: Mapping[str, Any]

    def playable(self) -> list[Case]:
        """The cases that it accepts: it may refuse one by ``InputError``, but not all."""
        accepted, refusals = [], []
        for case in cases(has_gradient=True):
            try:
                self.spec.create(case.problem, rng=generator(0, 0, "principal"), **self.options)
            except InputError as error:
                refusals.append(f"{case.name}: {error}")
            else:
                accepted.append(case)
        if not accepted:
            fail("the principal accepts at least one of the tasks", "; ".join(refusals))
        return accepted

    def game(self, case: Case, **more: Any) -> AbstractContextManager[Game]:
        """A game on a case."""
        return game(self.spec, self.options, case, **more)

    def played(self) -> Iterator[Game]:
        """A game of a few steps on each case that it accepts."""
        for case in self.playable():
            with self.game(case) as begun:
                yield begun.play(N_STEPS)


def every_shape(subject: PrincipalSubject) -> None:
    """It plays tasks of 1 to 5 numbers, with and without contexts and observations, inside their action spaces.

    A task that a principal cannot play is refused in ``__init__``, by ``InputError``, never later.
    """
    for begun in subject.played():
        begun.recommended()


def recommend_at_any_time(subject: PrincipalSubject) -> None:
    """It recommends before the first step, between ask and tell, and in contexts that it has never seen."""
    for case in subject.playable():
        with subject.game(case) as begun:
            begun.recommended()
            begun.play(N_STEPS, lambda going: going.recommended())
            for step in range(1000, 1010):
                context = case.context(begun.seed, step)
                in_space("recommend", begun.principal.recommend(context), case)


def same_seed_same_behaviour(subject: PrincipalSubject) -> None:
    """With the same seed it does the same, whatever the state of the random generators of Python and NumPy.

    All randomness comes from ``self.rng``.
    """
    for case in subject.playable():
        runs = []
        for disturbance in (1, 2):
            before = random.getstate(), np.random.get_state()
            try:
                random.seed(disturbance)
                np.random.seed(disturbance)
                with subject.game(case) as begun:
                    begun.play(N_STEPS)
                    runs.append((begun.actions, begun.recommended()))
            finally:
                random.setstate(before[0])
                np.random.set_state(before[1])
        _compare(runs[0], runs[1], "two runs with the same seed choose the same actions", case)


def resume(subject: PrincipalSubject) -> None:
    """Saved and loaded, before the first step or in the middle, it goes on as if it had never stopped."""
    for case in subject.playable():
        for n_before in (0, N_STEPS):
            with subject.game(case) as begun:
                begun.play(n_before)
                with subject.game(case, saved=begun) as continued:
                    begun.actions.clear()
                    begun.play(N_STEPS)
                    continued.play(N_STEPS)
                    _compare(
                        (begun.actions, begun.recommended()),
                        (continued.actions, continued.recommended()),
                        f"after a resume at step {n_before} it chooses what it would have chosen",
                        case,
                    )


def state_is_whole(subject: PrincipalSubject) -> None:
    """Its state is plain data, and saved again right after it was loaded it is the same state."""
    for begun in subject.played():
        with subject.game(begun.case, saved=begun) as continued:
            first, second = decode(begun.saved()), decode(continued.saved())
            if not same(first, second):
                different = [
                    key
                    for key in first["principal"]
                    if not same(first["principal"][key], second["principal"].get(key))
                ]
                fail(
                    "what was loaded is saved again",
                    f"other values of {', '.join(map(repr, different)) or 'the keys'}",
                )


def seeds_are_independent(subject: PrincipalSubject) -> None:
    """One seed's principal does the same, whether another seed's plays in between or not."""
    case = subject.playable()[-1]
    with subject.game(case) as alone:
        alone.play(N_STEPS)
        with subject.game(case) as one, subject.game(case, seed=1) as other:
            for _ in range(N_STEPS):
                one.play(1)
                other.play(1)
            _compare(alone.actions, one.actions, "another seed's principal changes nothing", case)


def writes_stay_in_the_folder(subject: PrincipalSubject) -> None:
    """It writes no file outside the folder of its run (and temporary files)."""
    case = subject.playable()[0]
    with subject.game(case) as begun:
        begun.play(1)  # what is compiled or downloaded once may be kept in a cache
        with watched() as written:
            begun.play(N_STEPS)
            begun.recommended()
        outside = [path for path in written if not path.startswith(str(begun.folder))]
    if outside:
        fail("it writes below workspace.folder only", f"it wrote {outside[0]}")


def overhead(subject: PrincipalSubject) -> None:
    """Ask and tell together take little: less than ten million turns of an empty Python loop, on average."""
    case = subject.playable()[0]
    unit = min(_cpu_seconds(_million_turns) for _ in range(3))
    with subject.game(case) as begun:
        begun.play(1)
        cost = _cpu_seconds(lambda: begun.play(N_STEPS)) / N_STEPS / unit
    if cost > COST_LIMIT:
        fail(
            f"ask and tell take at most {COST_LIMIT:g} units of CPU time, a unit being {unit * 1000:.0f} ms here",
            f"{cost:.1f} units",
        )


CHECKS: tuple[Callable[[PrincipalSubject], None], ...] = (
    every_shape,
    recommend_at_any_time,
    same_seed_same_behaviour,
    resume,
    state_is_whole,
    seeds_are_independent,
    writes_stay_in_the_folder,
    overhead,
)


def _compare(first: Any, second: Any, expected: str, case: Case) -> None:
    if not same(first, second):
        fail(expected, f"{_shown(first)} and {_shown(second)} (task: {case.name})")


def _shown(value: Any) -> str:
    return " ".join(str(value).split())


def _million_turns() -> None:
    for _ in range(1_000_000):
        pass


def _cpu_seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
