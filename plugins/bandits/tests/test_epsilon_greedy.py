"""Epsilon-greedy: its rate of regret, and what it does with arms never tried."""

import numpy as np
import pytest
from scipy import stats

_LEVELS = 5


def test_regret_grows_by_epsilon_times_the_mean_gap(make_problem, create, play):
    means = np.array([0.0, 4.0, 10.0, 2.0, 6.0])
    gaps = means.max() - means
    losses = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        principal = create("epsilon-greedy", make_problem(levels=_LEVELS), seed=seed, epsilon=0.2)
        arms = play(principal, lambda arm, rng=rng: rng.normal(means[arm], 1), 3000, _LEVELS)
        losses.append(gaps[arms[1000:]])
    losses = np.concatenate(losses)
    assert losses.mean() == pytest.approx(0.2 * gaps.mean(), abs=4 * stats.sem(losses))


def test_exploration_takes_every_arm_equally_often(make_problem, create, play):
    principal = create("epsilon-greedy", make_problem(levels=_LEVELS), epsilon=1.0)
    counts = np.bincount(play(principal, float, 4000, _LEVELS), minlength=_LEVELS)
    assert stats.chisquare(counts).pvalue > 1e-3


def test_without_exploration_it_takes_the_arms_of_the_formula(make_problem, create, play):
    rng = np.random.default_rng(2)
    payoffs = rng.normal(0, 1, (300, _LEVELS))
    steps, history, expected = iter(payoffs), [[] for _ in range(_LEVELS)], []
    for row in payoffs:
        values = [sum(seen) / len(seen) if seen else 0.5 for seen in history]
        expected.append(values.index(max(values)))
        history[expected[-1]].append(row[expected[-1]])
    principal = create("epsilon-greedy", make_problem(levels=_LEVELS), epsilon=0.0, initial=0.5, ties="first")
    assert play(principal, lambda arm: next(steps)[arm], 300, _LEVELS).tolist() == expected
    assert len(set(expected)) > 1


def test_in_the_papers_setting_the_first_arm_holds_while_payoffs_are_positive(make_problem, create, play):
    principal = create("epsilon-greedy", make_problem(levels=_LEVELS), epsilon=0.0, ties="first")
    assert play(principal, lambda arm: 21.0, 50, _LEVELS).tolist() == [0] * 50


def test_in_the_papers_setting_negative_payoffs_walk_through_all_arms(make_problem, create, play):
    principal = create("epsilon-greedy", make_problem(levels=_LEVELS), epsilon=0.0, ties="first")
    payoffs = [-3.0, -1.0, -2.0, -5.0, -4.0]
    assert play(principal, lambda arm: payoffs[arm], 7, _LEVELS).tolist() == [0, 1, 2, 3, 4, 1, 1]


def test_optimistic_initial_values_try_every_arm_first(make_problem, create, play):
    principal = create("epsilon-greedy", make_problem(levels=_LEVELS), epsilon=0.0, initial=100.0)
    arms = play(principal, lambda arm: 10.0 * arm, 8, _LEVELS)
    assert sorted(arms[:5]) == list(range(_LEVELS))
    assert arms[5:].tolist() == [4, 4, 4]


def test_excluded_arms_are_tried_by_exploration_alone(make_problem, create, play):
    problem = make_problem(levels=_LEVELS)
    greedy = create("epsilon-greedy", problem, epsilon=0.0, unvisited="excluded", initial=100.0)
    assert len(set(play(greedy, lambda arm: -7.0, 30, _LEVELS))) == 1
    exploring = create("epsilon-greedy", problem, epsilon=0.1, unvisited="excluded")
    arms = play(exploring, lambda arm: -10.0 + arm, 500, _LEVELS)
    assert set(arms) == set(range(_LEVELS))
    assert np.mean(arms[-200:] == 4) > 0.8


@pytest.mark.parametrize("unvisited", ["initial", "excluded"])
def test_the_very_first_arm_is_a_tie_of_all(make_problem, create, unvisited):
    def first(seed, ties):
        principal = create(
            "epsilon-greedy", make_problem(), seed=seed, epsilon=0.0, unvisited=unvisited, ties=ties
        )
        return float(principal.ask(None)[0])

    assert {first(seed, "first") for seed in range(20)} == {0.0}
    assert {first(seed, "random") for seed in range(60)} == {0.0, 0.25, 0.5, 0.75, 1.0}


def test_ties_of_equal_averages_are_broken_as_told(make_problem, create, play):
    def greedy_arms(ties):
        principal = create("epsilon-greedy", make_problem(levels=_LEVELS), epsilon=0.0, initial=100.0, ties=ties)
        return set(play(principal, lambda arm: 8.0 if arm in (1, 3) else 2.0, 60, _LEVELS)[5:])

    assert greedy_arms("first") == {1}
    assert greedy_arms("random") == {1, 3}
