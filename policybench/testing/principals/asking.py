"""How a principal answers: to recommendations at odd times, to contexts, and to what it never asked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from policybench.arrays import Floats
from policybench.errors import StopRunError
from policybench.global_generators import fixed_chance
from policybench.testing.check import same
from policybench.testing.principals.playing import Game
from policybench.testing.principals.subject import N_STEPS, PrincipalSubject, compare

_BEFORE = 2
"""Steps before a principal is told of what it did not ask for."""


def recommend_at_any_time(subject: PrincipalSubject) -> None:
    """It recommends before the first step, between ask and tell, and in contexts that it has never seen.

    Recommendations are asked for when the budget ends, wherever the search stands then, and in contexts that are
    drawn anew: the one at hand may never have come before.

    To fix: before any payoff recommend anything valid, the middle of the action space, say; in a context never
    seen fall back on what holds over all contexts.
    """
    for begun in subject.begun():
        begun.recommended()
        begun.play(N_STEPS, lambda going: going.recommended(going.step))
        for step in range(1000, 1010):
            begun.recommended(step)


def recommend_changes_nothing(subject: PrincipalSubject) -> None:
    """It goes on the same whether it was asked for recommendations on the way or not, in whatever context.

    A recommendation is a question about what was learned. If it leaves a trace, the next outcome may be credited
    to the wrong context or action. (Draws from ``self.rng`` do not count here.)

    To fix: let ``recommend`` assign no attribute that ``ask`` or ``tell`` reads, least of all the context.
    """
    for begun in subject.begun():
        begun.play(N_STEPS)
        with subject.game(begun.case) as asked:
            asked.play(N_STEPS, _recommend_elsewhere)
            compare(begun.actions, asked.actions, "recommendations on the way change no later action", begun.case)
            expected = "recommendations on the way change no later recommendation"
            compare([begun.recommended()], [asked.recommended()], expected, begun.case)


def contexts_are_honoured(subject: PrincipalSubject) -> None:
    """It recommends for the context that it is given, whatever context it was asked in before.

    A principal may ignore contexts, but must not take one for another: what it recommends depends on what it was
    told and on the context that ``recommend`` is given, neither on the order of recommendations nor on the context
    of the latest ``ask``. Contexts of every kind are tried by every-shape, the installed environments' own by
    every-environment.

    To fix: use the argument of ``recommend``, not a context kept from ``ask``.
    """
    for begun in subject.begun():
        begun.play(N_STEPS)
        if begun.case.problem.context_space is None or begun.ended:
            continue
        steps = _steps_of_different_contexts(begun)
        first = [begun.recommended(step) for step in steps]
        again = [begun.recommended(step) for step in reversed(steps)][::-1]
        compare(first, again, "the same recommendations, in whatever order they are asked for", begun.case)
        for step in steps:
            with subject.game(begun.case, saved=begun) as other:
                state = other.rng.bit_generator.state
                with fixed_chance(0):
                    other.principal.ask(other.context(step))
                other.rng.bit_generator.state = state
                found = [other.recommended(each) for each in steps]
            compare(first, found, "the same recommendations, whatever context was asked in last", begun.case)


def tell_follows_ask(subject: PrincipalSubject) -> None:
    """Told of what it did not just ask for it raises an error and stays as it was, or goes on validly.

    The harness tells each action once, right after it was asked for. Whoever drives a principal by hand may slip:
    tell before the first ask, tell twice, tell of another action. A clear refusal, a ``ValueError``, is best;
    optimisers that learn from any pair of action and payoff may take it. Anything else breaks the search.

    To fix: remember what was asked, and in ``tell`` raise ``ValueError`` before anything is changed if the action
    is another one or none is waiting.
    """
    for begun in subject.begun():
        begun.play(N_STEPS)
        for slip, n_before in ((_tell_first, 0), (_tell_another, _BEFORE), (_tell_twice, _BEFORE)):
            with subject.game(begun.case) as slipped:
                slipped.play(n_before)
                refused = slip(slipped)
                slipped.play(N_STEPS - slipped.step)
                slipped.recommended()
                if refused:
                    expected = f"{_WORDS[slip]} and refused, it goes on as if it had not been told"
                    compare(begun.actions, slipped.actions, expected, begun.case)


def _tell_first(game: Game) -> bool:
    return _tell_unasked(game, _middle(game))


def _tell_twice(game: Game) -> bool:
    return _tell_unasked(game, game.actions[-1])


def _tell_another(game: Game) -> bool:
    """Ask, tell of another action, and if that is refused of the right one."""
    with fixed_chance(game.chance + game.step):
        action = game.ask()
        middle = _middle(game)
        other = game.case.problem.action_space.low.astype(np.float64) if same(action, middle) else middle
        refused = _tell_unasked(game, other)
        if refused:
            game.tell(action)
    game.actions.append(action)
    game.step += 1
    return refused


_WORDS: dict[Callable[[Game], bool], str] = {
    _tell_first: "told before the first ask",
    _tell_another: "told of another action than it asked for",
    _tell_twice: "told twice",
}


def _tell_unasked(game: Game, action: Floats) -> bool:
    """Whether the principal refuses to be told of this action now."""
    try:
        with fixed_chance(game.chance + game.step):
            game.tell(action)
    except (AssertionError, StopRunError):
        raise
    except Exception:  # noqa: BLE001 - a refusal may be any error
        return True
    return False


def _middle(game: Game) -> Floats:
    return game.case.problem.middle.astype(np.float64)


def _recommend_elsewhere(game: Game) -> None:
    """Ask for a recommendation in the latest context that differs from the present one, if there was any."""
    present = game.context(game.step)
    for step in reversed(range(game.step)):
        if present is None or not same(game.context(step), present):
            game.recommended(step)
            return


def _steps_of_different_contexts(game: Game) -> list[int]:
    """Up to three steps of the game so far, no two in one context."""
    steps: list[int] = []
    for step in range(game.step):
        if len(steps) < 3 and not any(same(game.context(step), game.context(other)) for other in steps):
            steps.append(step)
    return steps
