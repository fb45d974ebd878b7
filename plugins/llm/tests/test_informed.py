"""The prior: guesses of a person, halved by what they pay."""

from __future__ import annotations

import numpy as np
import pytest

from policybench import InputError, plugins
from policybench.testing import principal_checks
from policybench_llm.informed import standard_guesses


@pytest.fixture
def informed(parabola, tmp_path):
    """Makes the principal with these guesses, and the environment."""

    def make(*guesses, contexts=False):
        environment = parabola([0], contexts=contexts)
        file = tmp_path / "guesses.toml"
        file.write_text(f"guesses = {[list(guess) for guess in guesses]}\n")
        spec = plugins.registry().principal("informed").spec
        given = str(file) if guesses else None
        return spec.create(environment.problem, rng=np.random.default_rng(0), guesses=given), environment

    return make


def play(principal, environment, steps):
    actions = []
    for step in range(steps):
        contexts = environment.contexts(step)
        action = principal.ask(None if contexts is None else contexts[0])
        principal.tell(action, environment.evaluate(step, action[None])[0])
        actions.append(tuple(action.tolist()))
    return actions


GUESSES = [(0.9, 0.1), (0.3, 0.5), (0.0, 0.0), (0.3, 0.6)]


def test_each_guess_once_then_the_better_half_twice_then_the_best(informed):
    actions = play(*informed(*GUESSES), 12)
    assert actions[:4] == GUESSES
    assert sorted(actions[4:8]) == sorted([GUESSES[1], GUESSES[3]] * 2)
    assert actions[8:] == [GUESSES[3]] * 4


def test_the_best_guess_is_recommended_in_each_context(informed):
    principal, environment = informed((0.3, 0.6), (0.6, 0.3), contexts=True)
    assert principal.recommend(np.array([1, 0])).tolist() == [0.3, 0.6]
    play(principal, environment, 16)
    assert principal.recommend(np.array([0, 1])).tolist() == [0.3, 0.6]
    assert principal.recommend(np.array([1, 0])).tolist() == [0.6, 0.3]


def test_guesses_without_a_file_come_from_the_bounds_alone(parabola, informed):
    guesses = [guess.tolist() for guess in standard_guesses(parabola([0]).problem)]
    high = float(np.float32(0.9))
    assert guesses[1:] == [[0, 0], [1, high], [1, 0], [0, high]]
    assert play(*informed(), 5) == [tuple(guess) for guess in guesses]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("guesses = [[0.5, 2.0]]", "guess 1: out of range, takes 2 numbers"),
        ("guesses = [[0.5, 0.5], [0.5]]", "guess 2: has 1 numbers, takes 2"),
        ("guesses = []", "at least 1 item"),
        ("guess = 3", "takes guesses = "),
        ("guesses", "is no TOML"),
    ],
)
def test_guesses_that_cannot_be_used_are_one_line(run, tmp_path, parabola, text, fault):
    file = tmp_path / "guesses.toml"
    file.write_text(text)
    spec = plugins.registry().principal("informed").spec
    with pytest.raises(InputError, match=fault) as caught:
        spec.create(parabola([0]).problem, rng=np.random.default_rng(0), guesses=str(file))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [str(check) for check in principal_checks("informed")])
def test_conforms(name):
    [check] = [check for check in principal_checks("informed") if check.name == name]
    check()
