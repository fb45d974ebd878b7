"""Relabelled actions: invertible, worth the same, described truthfully, and drawn for each seed anew."""

from __future__ import annotations

import re

import numpy as np
import pytest
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st
from relabelling.uneven import HIGH, LOW, NAMES, PEAK, SPEC

from policybench import Dimension, EnvironmentSpec, InputError, Option
from policybench.plugins import registry
from policybench.relabelling.mapping import draw_relabelling
from policybench.sharded import ShardedEnvironment

SEEDS = range(8)


@st.composite
def boxes_and_shares(draw):
    """A box, and how far from its lower to its upper bounds some actions lie."""
    size = draw(st.integers(1, 8))
    kind = draw(st.sampled_from([np.float32, np.float64]))
    lows = draw(st.lists(st.floats(-100, 100), min_size=size, max_size=size))
    widths = draw(st.lists(st.floats(0.01, 100), min_size=size, max_size=size))
    box = spaces.Box(np.array(lows, kind), (np.array(lows) + widths).astype(kind), dtype=kind)
    shares = draw(st.lists(st.lists(st.floats(0, 1), min_size=size, max_size=size), min_size=1, max_size=4))
    return box, np.array(shares)


@given(boxes_and_shares(), st.integers(0, 10**6), st.integers(0, 1000))
def test_it_can_be_undone_and_stays_within_the_bounds(drawn, relabel, seed):
    box, shares = drawn
    low, high = box.low.astype(np.float64), box.high.astype(np.float64)
    relabelling = draw_relabelling(box, relabel, seed)
    plain = np.clip(low + shares * (high - low), low, high)
    relabelled = relabelling.from_plain(plain)
    assert all(relabelling.space.contains(row.astype(box.dtype)) for row in relabelled)
    back = relabelling.to_plain(relabelled)
    assert all(box.contains(row.astype(box.dtype)) for row in back)
    np.testing.assert_allclose(back, plain, rtol=1e-12, atol=1e-11)
    np.testing.assert_allclose(relabelling.from_plain(back), relabelled, rtol=1e-12, atol=1e-11)


@given(st.integers(1, 6), st.integers(0, 1000), st.integers(0, 1000))
def test_gradients_follow_the_chain_rule(size, relabel, seed):
    relabelling = draw_relabelling(spaces.Box(-1.0, 2.0, (size,), np.float64), relabel, seed)
    slopes = np.arange(1.0, size + 1)  # of a linear payoff
    start = np.full(size, 0.25)
    steps = start + 0.5 * np.eye(size)
    gains = (relabelling.to_plain(steps) - relabelling.to_plain(start)) @ slopes / 0.5
    np.testing.assert_allclose(relabelling.gradient(slopes), gains)


def test_permutations_and_mirrors_are_drawn_evenly_and_for_each_seed_and_number():
    box = spaces.Box(0.0, 1.0, (3,), np.float64)
    drawn = [draw_relabelling(box, relabel, seed) for relabel in range(8) for seed in range(150)]
    orders = [tuple(each.source.tolist()) for each in drawn]
    assert {orders.count(order) for order in set(orders)} <= set(range(150, 251))
    assert len(set(orders)) == 6
    np.testing.assert_allclose(np.mean([each.mirrored for each in drawn], axis=0), 0.5, atol=0.06)
    assert orders[:150] != orders[150:300]


@pytest.mark.parametrize("workers", [1, 3])
def test_an_action_pays_what_it_pays_in_the_environments_own_numbers(workers):
    plain, options = SPEC.create(SEEDS), {"relabel": 7}
    environment = ShardedEnvironment(SPEC, SEEDS, workers, options)
    rng = np.random.default_rng(0)
    actions = np.array(
        [rng.uniform(each.action_space.low, each.action_space.high) for each in environment.problems]
    )
    met = np.array(
        [each.relabelling.to_plain(action) for each, action in zip(environment.problems, actions, strict=True)]
    )
    found, expected = (
        env.evaluate(3, acts, gradient=True) for env, acts in ((environment, actions), (plain, met))
    )
    environment.close()
    for problem, one, other in zip(environment.problems, found, expected, strict=True):
        assert one.payoff == other.payoff
        assert one.observation["met"].tolist() == other.observation["met"].tolist()
        assert one.gradient.tolist() == problem.relabelling.gradient(other.gradient).tolist()
        assert one.baseline_gradient.tolist() == problem.relabelling.gradient(other.baseline_gradient).tolist()


def test_gradients_of_a_real_game_are_those_by_the_relabelled_numbers():
    spec, options = registry().environment("escape-room").spec, {"training_episodes": 3}
    plain, environment = spec.create([0, 1], **options), spec.create([0, 1], **options, relabel=1)
    actions = np.array([[0.5, 1.0, 1.75], [1.5, 0.25, 0.0]])
    relabellings = [problem.relabelling for problem in environment.problems]
    met = np.array([each.to_plain(action) for each, action in zip(relabellings, actions, strict=True)])
    outcomes = zip(
        relabellings,
        environment.evaluate(2, actions, gradient=True),
        plain.evaluate(2, met, gradient=True),
        strict=True,
    )
    assert any(each.mirrored.any() for each in relabellings)
    for relabelling, one, other in outcomes:
        assert one.payoff == other.payoff
        signs = np.where(relabelling.mirrored, -1.0, 1.0)
        assert one.gradient.tolist() == (signs * other.gradient[relabelling.source]).tolist()
        assert np.abs(one.gradient).sum() > 0


def test_every_seed_has_bounds_best_action_and_words_of_its_own():
    problems = SPEC.create(SEEDS, relabel=2).problems
    assert len({problem.description.action for problem in problems}) > 4
    for problem in problems:
        relabelling = problem.relabelling
        best = relabelling.to_plain(np.array(problem.ceiling.action["1"]))
        np.testing.assert_allclose(best, PEAK)
        assert problem.action_space.low.tolist() == LOW[relabelling.source].tolist()
        assert problem.action_space.high.tolist() == HIGH[relabelling.source].tolist()
        told = zip(problem.description.action, relabelling.source, relabelling.mirrored, strict=True)
        for number, source, mirrored in told:
            words = {"tax": "share kept", "toll": "minus the toll", "fee": "5 minus the fee"} if mirrored else {}
            assert number.name == words.get(NAMES[source], NAMES[source])
        assert (problem.description.story, problem.floor) == ("Three numbers are set.", problems[0].floor)
        assert problem.plain.description.action[0].name == "tax"


def environments():
    found = registry().environments
    return [name for name in found if not name.startswith("meltingpot")]


@pytest.mark.parametrize("name", environments())
def test_mirrored_words_of_real_environments_name_the_bounds_that_they_mirror_in(name):
    problem = registry().environment(name).spec.create([0]).problem
    for number, low, high in zip(
        problem.description.action, problem.action_space.low, problem.action_space.high, strict=True
    ):
        mirrored = number.mirror(float(low), float(high))
        assert mirrored.name != number.name
        if "share of" in mirrored.meaning:  # of everything, which is 1
            assert low + high == 1
        else:
            total = re.search(r"held back of ([\d.]+) |(?:is |^)([\d.]+) minus ", mirrored.meaning)
            assert float(total[1] or total[2]) == low + high


def test_the_option_is_the_cores_alone():
    assert SPEC.options[-1].name == "relabel"
    assert SPEC.create([0]).problem.relabelling is None
    with pytest.raises(ValueError, match="'relabel' is taken"):
        EnvironmentSpec("mine", "", "mine:Mine", (Option("relabel", bool, True, ""),))


def test_actions_outside_a_seeds_own_bounds_are_refused():
    environment = SPEC.create([0, 1], relabel=2)
    with pytest.raises(InputError, match="out of range"):
        environment.evaluate(0, np.full((2, 3), 3.5))
    with pytest.raises(InputError, match=r"takes one a seed, \(2, 3\)"):
        environment.evaluate(0, np.zeros((1, 3)))


def test_a_number_without_mirrored_words_gets_true_ones():
    assert Dimension("rate", "of tax").mirror(0.0, 1.0).meaning == "1 minus this number: of tax"
    assert Dimension("rate", "of tax").mirror(-2.0, 2.0).meaning == "minus this number: of tax"
