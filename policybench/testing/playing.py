"""Plays a principal on a case as the harness does, and records what it does."""

from __future__ import annotations

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
from policybench.outcome import Array, Floats
from policybench.principal import Principal
from policybench.specs import PrincipalSpec
from policybench.store.checkpoint import decode, encode
from policybench.testing.cases import Case
from policybench.testing.check import fail, same
from policybench.workspace import Common, Workspace


@dataclass
class Game:
    """One principal on one case; ``actions`` are what it chose, those of settled searches included."""

    principal: Principal
    rng: np.random.Generator
    case: Case
    seed: int
    folder: Path
    step: int = 0
    actions: list[Floats] = field(default_factory=list)

    def play(self, n_steps: int, between: Callable[[Game], object] = lambda game: None) -> Game:
        """Go on for some steps; ``between`` is called after each ask, before the tell."""
        for _ in range(n_steps):
            context = self.case.context(self.seed, self.step)
            end = self.principal.settled(context)
            if end is not None:
                self.actions.append(in_space("settled", end, self.case))
            else:
                self._ask_and_tell(context, between)
            _check_notes(self.principal.notes())
            self.step += 1
        return self

    def recommended(self) -> Floats:
        """The recommendation in the context of the step that comes next."""
        context = self.case.context(self.seed, self.step)
        return in_space("recommend", self.principal.recommend(context), self.case)

    def saved(self) -> bytes:
        """The state as a checkpoint holds it."""
        return encode({"principal": self.principal.state_dict(), "rng": self.rng.bit_generator.state})

    def _ask_and_tell(self, context: Array | None, between: Callable[[Game], object]) -> None:
        given = _copy(context)
        action = in_space("ask", self.principal.ask(given), self.case)
        _check_untouched("ask", "the context", context, given)
        between(self)
        outcome = self.case.outcome(self.seed, self.step, context, action)
        told, seen = action.copy(), {name: array.copy() for name, array in outcome.observation.items()}
        self.principal.tell(told, outcome)
        _check_untouched("tell", "the action", action, told)
        _check_untouched("tell", "the observation", seen, dict(outcome.observation))
        self.actions.append(action)


@contextmanager
def game(
    spec: PrincipalSpec, options: Mapping[str, Any], case: Case, *, seed: int = 0, saved: Game | None = None
) -> Iterator[Game]:
    """A game, begun or continued, in a folder of its own that is gone afterwards.

    Args:
        spec: what plays.
        options: its options.
        case: what it plays.
        seed: of the principal's stream and of the case's.
        saved: a game to continue from, by way of a checkpoint and a copy of its folder.
    """
    with tempfile.TemporaryDirectory(prefix="policybench-check-") as name, ExitStack() as resources:
        folder = Path(name).resolve() / "run"
        if saved is None:
            folder.mkdir()
        else:
            shutil.copytree(saved.folder, folder)
        rng = streams.generator(seed, 0, "principal")
        principal = spec.create(case.problem, rng=rng, **options)
        principal.attach(Workspace(seed, folder, Common(resources)))
        step = 0
        if saved is not None:
            state, step = decode(saved.saved()), saved.step
            principal.load_state_dict(state["principal"])
            rng.bit_generator.state = state["rng"]
        yield Game(principal, rng, case, seed, folder, step)


def in_space(method: str, action: object, case: Case) -> Floats:
    """The action as the harness takes it, an array of its own; fails if it is not in the action space."""
    space = case.problem.action_space
    try:
        values = np.array(action, dtype=np.float64)
    except (TypeError, ValueError):
        fail(f"{method}() returns {space.shape[0]} numbers", f"{action!r}")
    inside = values.shape == space.shape and bool(np.all((values >= space.low) & (values <= space.high)))
    if not inside:
        fail(f"{method}() returns an action in {space}", f"{action!r} (task: {case.name})")
    return values


def _check_notes(notes: object) -> None:
    try:
        if not isinstance(notes, dict):
            raise TypeError(f"{type(notes).__name__} is no dict")
        json.dumps(notes, allow_nan=False)
    except (TypeError, ValueError) as error:
        fail("notes() returns a dict that JSON can hold, without NaN", f"{notes!r}: {error}")


def _check_untouched(method: str, what: str, before: object, after: object) -> None:
    if not same(before, after):
        fail(f"{method}() leaves {what} that it is given as it is", f"{before!r} became {after!r}")


def _copy(context: Array | None) -> Array | None:
    return None if context is None else np.array(context)
