"""Floor and ceiling on games whose best action is known."""

from __future__ import annotations

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
    floor, ceiling = measure_references(environment, candidates=150, repeats=40)
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


def test_without_a_file_there_are_no_references(tmp_path):
    assert load_references(tmp_path / "none.json") == (None, None)


def test_measuring_stays_inside_its_steps(monkeypatch):
    monkeypatch.setattr(reference, "REFERENCES", REFERENCES[:12])
    asked = []
    with pytest.raises(InputError, match="12 batches are evaluated, and more are not allowed"):
        measure_references(NoisyHill(range(4), False), candidates=150, repeats=4, tick=lambda: asked.append(1))
    assert len(asked) == 12
