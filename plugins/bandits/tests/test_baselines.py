"""The fixed and the random principal."""

import numpy as np
import pytest
from gymnasium import spaces
from scipy import stats

from policybench import Description, InputError, Problem


def test_fixed_sets_and_recommends_its_action(make_problem, create, outcome):
    fixed = create("fixed", make_problem(dimensions=3), action=(0.2, 0.5, 0.9))
    for context in (None, np.array(2)):
        action = fixed.ask(context)
        assert action.tolist() == [0.2, 0.5, 0.9]
        fixed.tell(action, outcome(-5))
        assert fixed.recommend(context).tolist() == [0.2, 0.5, 0.9]


@pytest.mark.parametrize(
    ("action", "parts"),
    [
        (
            None,
            [
                "-p action=... is missing",
                "a number for each dimension, separated by commas",
                "[0.0, 0.0, 0.0] to [1.0, 1.0, 1.0]",
            ],
        ),
        ((0.2, 0.5), ["-p action=0.2,0.5:", "2 numbers", "takes 3", "[0, 1]"]),
        ((0.2, 0.5, 1.25), ["-p action=0.2,0.5,1.25:", "out of range", "takes 3 numbers", "[0, 1]"]),
        ((0.2, float("nan"), 1.0), ["-p action=0.2,nan,1:", "out of range"]),
    ],
)
def test_fixed_refuses_a_wrong_action_in_one_line(make_problem, create, action, parts):
    with pytest.raises(InputError) as error:
        create("fixed", make_problem(dimensions=3), action=action)
    message = str(error.value)
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_random_is_uniform_in_the_box(create, outcome):
    low, high = np.array([-1.0, 2.0]), np.array([1.0, 5.0])
    problem = Problem(spaces.Box(low, high, dtype=np.float64), spaces.Dict(), 100, 5, 3, Description("", (), ""))
    random = create("random", problem)
    actions = np.empty((2000, 2))
    for i in range(2000):
        actions[i] = random.ask(None)
        random.tell(actions[i], outcome(0))
    for i in range(2):
        assert stats.kstest(actions[:, i], "uniform", (low[i], high[i] - low[i])).pvalue > 1e-3
    assert abs(stats.pearsonr(actions[:, 0], actions[:, 1]).statistic) < 0.1


def test_random_recommends_the_best_action_of_the_context(make_problem, create, outcome):
    random = create("random", make_problem(dimensions=2))
    told = {0: [], 1: []}
    for step in range(40):
        action = random.ask(np.array(step % 2))
        payoff = float(step * 7 % 11)
        random.tell(action, outcome(payoff))
        told[step % 2].append((payoff, action))
    for context, pairs in told.items():
        best = max(pairs, key=lambda pair: pair[0])[1]
        np.testing.assert_array_equal(random.recommend(np.array(context)), best)
