"""UCB: against a plain implementation of the formula, and against the proven bound on its regret."""

import math

import numpy as np
import pytest

_LEVELS = 5


def _reference(payoffs, contexts, c, clock):
    """The arms that UCB takes with ties to the first, by the formula in plain Python."""
    history = {context: [[] for _ in range(_LEVELS)] for context in set(contexts)}
    taken = []
    for step, context in enumerate(contexts):
        arms = history[context]
        t = step if clock == "all" else sum(map(len, arms))
        scores = [
            math.inf if not seen else sum(seen) / len(seen) + c * math.sqrt(math.log(t) / len(seen))
            for seen in arms
        ]
        arm = scores.index(max(scores))
        arms[arm].append(payoffs[step][arm])
        taken.append(arm)
    return taken


@pytest.mark.parametrize("clock", ["all", "context"])
@pytest.mark.parametrize("c", [0.0, 0.2, 1.41])
def test_takes_the_arms_of_the_formula(make_problem, create, outcome, c, clock):
    rng = np.random.default_rng(1)
    payoffs = rng.normal(np.linspace(0, 1, _LEVELS), 0.5, (400, _LEVELS)).tolist()
    contexts = rng.integers(3, size=400).tolist()
    ucb = create("ucb", make_problem(levels=_LEVELS), c=c, t=clock, ties="first")
    taken = []
    for step, context in enumerate(contexts):
        action = ucb.ask(np.array(context))
        taken.append(round(float(action[0]) * (_LEVELS - 1)))
        ucb.tell(action, outcome(payoffs[step][taken[-1]]))
    assert taken == _reference(payoffs, contexts, c, clock)


def test_the_two_clocks_differ(make_problem, create, outcome):
    def actions(clock):
        ucb = create("ucb", make_problem(levels=2), c=1.0, t=clock, ties="first")
        taken = []
        for step in range(200):
            action = ucb.ask(np.array(step % 10 > 0))
            taken.append(float(action[0]))
            ucb.tell(action, outcome(action[0]))
        return taken

    assert actions("all") != actions("context")


def test_the_papers_sweep_takes_the_arms_in_order(make_problem, create, outcome):
    ucb = create("ucb", make_problem(dimensions=3, levels=3), ties="first")
    sweep = []
    for step in range(27):
        sweep.append(ucb.ask(None))
        ucb.tell(sweep[-1], outcome(40 - step))
    np.testing.assert_array_equal(sweep, ucb.arms)
    assert sweep[0].tolist() == [0, 0, 0]


def test_by_default_the_sweep_is_in_random_order(make_problem, create, play):
    problem = make_problem(levels=30)
    sweeps = [play(create("ucb", problem, seed=seed), lambda arm: arm, 30, 30) for seed in range(4)]
    assert all(sorted(sweep) == list(range(30)) for sweep in sweeps)
    assert len({tuple(sweep) for sweep in sweeps}) == 4


def test_each_context_is_swept(make_problem, create, outcome):
    ucb = create("ucb", make_problem(levels=4), ties="first")
    taken = {0: [], 1: []}
    for step in range(8):
        action = ucb.ask(np.array(step % 2))
        taken[step % 2].append(float(action[0]))
        ucb.tell(action, outcome(100))
    assert taken[0] == taken[1] == pytest.approx([0, 1 / 3, 2 / 3, 1])


def test_regret_stays_below_the_proven_bound_and_grows_like_a_logarithm(make_problem, create, play):
    # Auer, Cesa-Bianchi & Fischer 2002, theorem 1: payoffs in [0, 1], c = sqrt(2).
    means = np.array([0.1, 0.3, 0.2, 0.3, 0.9])
    gaps = means.max() - means
    steps, seeds = 4000, 8
    regret = np.zeros(steps)
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        ucb = create("ucb", make_problem(levels=_LEVELS), seed=seed, c=math.sqrt(2))
        arms = play(ucb, lambda arm, rng=rng: rng.random() < means[arm], steps, _LEVELS)
        regret += gaps[arms].cumsum() / seeds
    lossy = gaps[gaps > 0]
    bound = 8 * np.sum(math.log(steps) / lossy) + (1 + math.pi**2 / 3) * lossy.sum()
    assert bound < gaps.mean() * steps / 4, "random play would keep the bound too"
    assert regret[-1] < bound
    # A logarithm adds as much from 250 to 1000 as from 1000 to 4000; anything linear four times as much.
    growth = (regret[3999] - regret[999]) / (regret[999] - regret[249])
    assert growth < 2
    assert regret[3999] > regret[999], "exploration must never end"
