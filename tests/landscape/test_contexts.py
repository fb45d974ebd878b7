"""What actions pay is kept apart for contexts that hardly differ, and refused where contexts never come again."""

from __future__ import annotations

import numpy as np
import pytest
from landscape.nearby import HIGH, LOW, PLUGIN, SPEC

from policybench import InputError
from policybench.landscape import Design, load_landscape, measure
from policybench.landscape.reference import measure_references
from policybench.plugins import registry


def test_a_landscape_keeps_contexts_apart_that_differ_in_the_ninth_digit(tmp_path):
    path = measure(PLUGIN, {"continuous": False}, Design(levels=3, seeds=4), tmp_path, workers=1)
    landscape = load_landscape(path)
    assert {context: landscape.best(context).tolist() for context in landscape.payoffs} == {LOW: [0], HIGH: [1]}
    oracle = (
        registry()
        .principal("landscape-best")
        .spec.create(SPEC.create([0]).problem, rng=np.random.default_rng(0), landscape=str(path))
    )
    assert [oracle.ask(np.array([context])).item() for context in (1.0, 1.00000001)] == [0, 1]


def test_so_do_references():
    _, ceiling = measure_references(SPEC.create(range(4)), candidates=11, repeats=4, most=1000)
    assert ceiling.action == {LOW: (0.0,), HIGH: (1.0,)}


def test_contexts_without_number_are_refused(tmp_path):
    environment = SPEC.create(range(4), continuous=True)
    with pytest.raises(InputError, match="more than 64 contexts"):
        measure_references(environment, candidates=4, repeats=4, most=1000)
    with pytest.raises(InputError, match="more than 64 contexts"):
        measure(PLUGIN, {"continuous": True}, Design(levels=3, seeds=4), tmp_path, workers=1)
