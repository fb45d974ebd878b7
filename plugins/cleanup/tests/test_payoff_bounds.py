"""The bounds of payoffs: apples that grow pay at most twice, and a shot that cleans costs one in three steps."""

from __future__ import annotations

from policybench_cleanup.environment import payoff_bounds
from policybench_cleanup.rules import make_rules


def test_bounds_of_both_accountings():
    rules = make_rules()
    assert payoff_bounds(rules, "apples", 5) == (0.0, 10.0)
    assert payoff_bounds(rules, "paper", 7)[0] == -3
    assert payoff_bounds(rules, "apples", 1000)[1] < 2000


def test_without_growth_only_the_first_apples_pay():
    assert payoff_bounds(make_rules(max_growth_rate=0.0), "apples", 1000) == (0.0, 122 / 7)
