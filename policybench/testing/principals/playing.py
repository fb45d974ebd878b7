"""Plays a principal on a case as the harness does, and records what it does."""

from __future__ import annotations

import copy
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from policybench import streams
from policybench.arrays import Array, Floats
from policybench.global_generators import fixed_chance
from policybench.outcome import Outcome
from policybench.principal import Principal
from policybench.specs import PrincipalSpec
from policybench.store.checkpoint import decode, encode
from policybench.testing.check import fail, same, shown
from policybench.testing.principals.cases import Case
from policybench.workspace import Common, Workspace


@dataclass
class Game:
    """One principal on one case.

    Attributes:
        principal: who plays.
        rng: its stream, which the harness keeps.
        case: what it plays.
        seed: of its stream and of the case.
        chance: seed of the global random generators while the principal is at work; steps are added.
        folder: the run's folder.
        step: the step that comes next.
        actions: what it chose, those of settled searches included.
        ended: whether its search has ended.
    """

    principal: Principal
    rng: np.random.Generator
    case: Case
    seed: int
    chance: int
    folder: Path
    step: int = 0
    actions: list[Floats] = field(default_factory=list)
    ended: bool = False

    def play(self, n_steps: int, between: Callable[[Game], object] = lambda game: None) -> Game:
        """Go on for some steps; ``between`` is called after each ask, before the tell."""
        for _ in range(n_steps):
            with fixed_chance(self.chance + self.step):
                end = self.principal.settled(self.context(self.step))
                if end is None:
                    action = self.ask()
                    between(self)
                    self.tell(action)
                else:
                    action = in_space("settled", end, self.case)
                if self.ended and end is None:
                    fail("a search that has ended stays so", "settled() returned None again")
                _check_notes(self.principal.notes())
            self.ended = end is not None
            self.actions.append(action)
            self.step += 1
        return self

    def context(self, step: int) -> Array | None:
        """What the principal sees at a step, an array of its own."""
        return copy.deepcopy(self.case.context(self.seed, step))

    def ask(self) -> Floats:
        """The action of the present step, as the harness takes it."""
        context, given = self.context(self.step), self.context(self.step)
        action = in_space("ask", self.principal.ask(given), self.case)
        _check_untouched("ask", "the context", context, given)
        return action

    def tell(self, action: Floats) -> None:
        """Tell the principal what this action leads to in the present step."""
        outcome = self.outcome(action)
        told, seen = action.copy(), {name: copy.deepcopy(part) for name, part in outcome.observation.items()}
        self.principal.tell(told, outcome)
        _check_untouched("tell", "the action", action, told)
        _check_untouched("tell", "the observation", seen, dict(outcome.observation))

    def outcome(self, action: Floats) -> Outcome:
        """What an action leads to in the present step; with the gradient only if the principal needs it."""
        gradient = self.principal.needs_gradient
        return self.case.outcome(self.seed, self.step, self.context(self.step), action, gradient=gradient)

    def recommended(self, step: int | None = None) -> Floats:
        """The recommendation in the context of a step, by default the latest; draws from ``rng`` do not count."""
        context = self.context(max(self.step - 1, 0) if step is None else step)
        before = self.rng.bit_generator.state
        with fixed_chance(self.chance + self.step):
            action = in_space("recommend", self.principal.recommend(context), self.case)
        self.rng.bit_generator.state = before
        return action

    def saved(self) -> bytes:
        """The state as a checkpoint holds it."""
        return encode({"principal": self.principal.state_dict(), "rng": self.rng.bit_generator.state})


@contextmanager
def game(
    spec: PrincipalSpec,
    options: Mapping[str, Any],
    case: Case,
    *,
    seed: int = 0,
    chance: int = 0,
    saved: Game | None = None,
) -> Iterator[Game]:
    """A game, begun or continued, in a folder of its own that is gone afterwards.

    Args:
        spec: what plays.
        options: those of its options that do not have their defaults.
        case: what it plays.
        seed: of the principal's stream and of the case's.
        chance: seed of the global random generators.
        saved: a game to continue from, by way of a checkpoint and a copy of its folder.
    """
    with tempfile.TemporaryDirectory(prefix="policybench-check-") as name, ExitStack() as resources:
        folder = Path(name).resolve() / "run"
        if saved is None:
            folder.mkdir()
        else:
            shutil.copytree(saved.folder, folder)
        rng = streams.generator(seed, 0, "principal")
        with fixed_chance(chance):
            principal = spec.create(case.problem, rng=rng, **options)
            principal.attach(Workspace(seed, folder, case.environment, Common(resources)))
        begun = Game(principal, rng, case, seed, chance, folder)
        if saved is not None:
            state, begun.step, begun.ended = decode(saved.saved()), saved.step, saved.ended
            with fixed_chance(chance):
                principal.load_state_dict(state["principal"])
            rng.bit_generator.state = state["rng"]
        yield begun


def in_space(method: str, action: object, case: Case) -> Floats:
    """The action as the harness takes it, an array of its own; fails if it is not in the action space."""
    space = case.problem.action_space
    try:
        values = np.array(action, dtype=np.float64)
    except (TypeError, ValueError):
        fail(f"{method}() returns {space.shape[0]} numbers", f"{action!r}")
    inside = values.shape == space.shape and bool(np.all((values >= space.low) & (values <= space.high)))
    if not inside:
        fail(f"{method}() returns an action in {space}", f"{shown(repr(action))} (task: {case.name})")
    return values


def _check_notes(notes: object) -> None:
    try:
        if not isinstance(notes, dict):
            raise TypeError(f"{type(notes).__name__} is no dict")
        json.dumps(notes, allow_nan=False)
    except (TypeError, ValueError) as error:
        fail("notes() returns a dict that JSON can hold, without NaN", f"{shown(notes)}: {error}")


def _check_untouched(method: str, what: str, before: object, after: object) -> None:
    if not same(before, after):
        fail(f"{method}() leaves {what} that it is given as it is", f"{shown(before)} became {shown(after)}")
