"""Floor and ceiling on games whose best action is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gymnasium import spaces

from policybench import Description, Dimension, Environment, InputError, Outcome, Problem, Timesteps
from policybench.landscape import reference
from policybench.landscape.reference import measure_references
from policybench.references import dump_references, load_references
from policybench.step_ranges import REFERENCES
from policybench.streams import generator

PEAKS = {(): np.array([0.5, 0.25]), (0.0,): np.array([0.25, 1.0]), (1.0,): np.array([0.9, 0.0])}


class NoisyHill(Environment):
    """Payoff 10 - 20 * squared distance to a peak, which may depend on the context, plus normal noise."""

    def __init__(self, seeds, contextual):
        super().__init__(seeds)
        self.contextual = contextual
        self.problem = Problem(
            action_space=spaces.Box(0.0, 1.0, (2,), np.float64),
            observation_space=spaces.Dict({}),
            steps=10,
            fine_levels=21,
            coarse_levels=11,
            description=Description("", (Dimension("x", ""),) * 2, ""),
            context_space=spaces.Box(0.0, 1.0, (1,), np.float64) if contextual else None,
        )

    def contexts(self, step):
        if not self.contextual:
            return None
        return np.array([[generator(seed, step, "context").integers(2)] for seed in self.seeds], dtype=np.float64)

    def evaluate(self, step, actions, *, gradient=False):
        contexts = self.contexts(step)
        rows = []
        for i, seed in enumerate(self.seeds):
            peak = PEAKS[() if contexts is None else tuple(contexts[i].tolist())]
            noise = generator(seed, step, "noise").normal(0, 0.3)
            rows.append(Outcome(10 - 20 * float(((actions[i] - peak) ** 2).sum()) + noise, Timesteps(1, 1)))
        return rows


@pytest.mark.parametrize("contextual", [False, True])
def test_floor_and_ceiling_are_what_they_are(contextual, tmp_path):
    environment = NoisyHill(range(4), contextual)
    floor, ceiling = measure_references(environment, candidates=150, repeats=40, most=1000)
    peaks = [peak for context, peak in PEAKS.items() if bool(context) == contextual]
    # For uniform u on [0, 1], the mean of (u - p)^2 is 1/3 - p + p^2.
    mean = np.mean([10 - 20 * sum(1 / 3 - p + p * p for p in peak) for peak in peaks])
    assert floor.payoff == pytest.approx(mean, abs=4 * floor.standard_error)
    assert ceiling.payoff == pytest.approx(10, abs=0.25)
    assert len(ceiling.action) == len(peaks)
    for context, action in ceiling.action.items():
        key = (float(context),) if context else ()
        assert np.abs(np.array(action) - PEAKS[key]).max() <= 0.11
    (tmp_path / "reference.json").write_text(dump_references(floor, ceiling))
    loaded = load_references(tmp_path / "reference.json")
    assert [reference.payoff for reference in loaded] == [floor.payoff, ceiling.payoff]
    assert loaded[1].action == ceiling.action


class Draw(Environment):
    """Pays a normal number of mean 100 times the action, and counts what it is asked."""

    def __init__(self, seeds, deviation):
        super().__init__(seeds)
        self.deviation, self.asked = deviation, []
        self.problem = Problem(
            action_space=spaces.Box(0.0, 1.0, (1,), np.float64),
            observation_space=spaces.Dict({}),
            steps=10,
            fine_levels=3,
            coarse_levels=2,
            description=Description("", (Dimension("x", ""),), ""),
        )

    def evaluate(self, step, actions, *, gradient=False):
        rows = []
        for seed, action in zip(self.seeds, actions, strict=True):
            payoff = 100 * action[0] + generator(seed, step, "noise").normal(0, self.deviation)
            self.asked.append((float(action[0]), payoff))
            rows.append(Outcome(payoff, Timesteps(1, 1)))
        return rows


def test_evaluations_go_on_until_the_standard_error_is_small():
    floor, ceiling = measure_references(Draw(range(10), 20.0), candidates=20, repeats=16, most=10_000)
    way = ceiling.payoff - floor.payoff
    assert floor.standard_error <= 0.01 * way
    assert ceiling.standard_error <= 0.01 * way
    assert ceiling.payoff == pytest.approx(100 * ceiling.action[""][0], abs=4 * ceiling.standard_error)
    assert ceiling.deviation == pytest.approx(20, rel=0.1)
    assert floor.deviation is None
    # 20 / sqrt(n) is 1% of 50 at n = 1600; uniform actions add a deviation of 100 / sqrt(12).
    assert int(ceiling.how.rsplit("half, ")[1].split()[0]) == pytest.approx(1600, rel=0.25)
    assert "limit" not in ceiling.how + floor.how


def test_what_misses_the_aim_says_so():
    floor, ceiling = measure_references(Draw(range(10), 20.0), candidates=20, repeats=16, most=100)
    for reference_ in (floor, ceiling):
        share = reference_.standard_error / (ceiling.payoff - floor.payoff)
        assert reference_.how.endswith(
            f"at this limit the standard error is {share:.1%} of the way to the ceiling"
        )
    assert "100 uniformly random actions" in floor.how


def test_the_ceiling_is_no_winners_curse():
    """Of actions that hardly differ the luckiest is chosen; what it is scored by must be other evaluations."""
    environment = Draw(range(10), 20.0)
    environment.problem = replace(environment.problem, action_space=spaces.Box(0.0, 0.01, (1,), np.float64))
    _, ceiling = measure_references(environment, candidates=3, repeats=40, most=40)
    (action,) = ceiling.action[""]
    paid = np.array([payoff for asked, payoff in environment.asked if asked == action])
    scored, chosen_by = paid[-40:], paid[:-40]
    assert ceiling.payoff == pytest.approx(scored.mean())
    assert len(chosen_by) >= 35
    assert abs(ceiling.payoff - 100 * action) < 3 * 20 / np.sqrt(40)


def test_actions_that_are_known_are_considered():
    """No grid of three levels and no neighbour of one comes near a needle."""

    class Needle(Draw):
        def evaluate(self, step, actions, *, gradient=False):
            return [Outcome(float(abs(action[0] - 0.317) < 1e-3), Timesteps(1, 1)) for action in actions]

    _, without = measure_references(Needle(range(4), 0.0), candidates=4, repeats=4, most=8)
    _, given = measure_references(
        Needle(range(4), 0.0), candidates=4, repeats=4, most=8, known=[np.array([0.317])]
    )
    assert (without.payoff, given.payoff) == (0, 1)
    assert given.action == {"": (0.317,)}
    assert "and 1 given by hand" in given.how


def test_of_equals_the_one_that_is_known_is_preferred():
    class Plateau(Draw):
        def evaluate(self, step, actions, *, gradient=False):
            return [Outcome(min(float(action[0]), 0.5), Timesteps(1, 1)) for action in actions]

    _, ceiling = measure_references(
        Plateau(range(4), 0.0), candidates=4, repeats=4, most=8, known=[np.array([0.9])]
    )
    assert ceiling.action == {"": (0.9,)}


def test_a_sure_payoff_is_preferred_to_one_that_is_higher_now_and_then():
    class Gamble(Draw):
        def evaluate(self, step, actions, *, gradient=False):
            lucky = [generator(seed, step, "luck").random() < 0.7 for seed in self.seeds]
            sure = np.abs(actions - sure_action).max(axis=1) < 0.01
            paid = np.where(sure, 10.0, np.where(lucky, 12.0, -20.0))
            return [Outcome(float(payoff), Timesteps(1, 1)) for payoff in paid]

    sure_action = np.array([0.5, 0, 0, 0, 0, 0])
    environment = Gamble(range(10), 0.0)
    environment.problem = replace(environment.problem, action_space=spaces.Box(0.0, 1.0, (6,), np.float64))
    _, ceiling = measure_references(environment, candidates=20, repeats=40, most=80, known=[sure_action])
    assert ceiling.action == {"": tuple(sure_action)}


def test_without_a_file_there_are_no_references(tmp_path):
    assert load_references(tmp_path / "none.json") == (None, None)


def test_measuring_stays_inside_its_steps(monkeypatch):
    monkeypatch.setattr(reference, "REFERENCES", REFERENCES[:12])
    asked = []
    with pytest.raises(InputError, match="12 batches are evaluated, and more are not allowed"):
        measure_references(
            NoisyHill(range(4), False), candidates=150, repeats=4, most=1000, tick=lambda: asked.append(1)
        )
    assert len(asked) == 12
