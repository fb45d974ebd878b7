"""Bandit principals: each distinct action is an arm, and the past payoffs of the arms are all that is used.

Only announcements stand here; a principal's module, and numpy with it, is imported when it is first created.
"""

from __future__ import annotations

from collections.abc import Iterator

from policybench import Option, PrincipalSpec, hookimpl

_TIES = Option(
    "ties",
    str,
    "random",
    "Which of several equally good arms is taken: a random one, or the first in the order of arms.",
    choices=("random", "first"),
)


def _levels(resolution: str) -> Option:
    return Option(
        "levels",
        int,
        None,
        f"Equidistant levels an action dimension; by default the problem's own {resolution} grid.",
        minimum=2,
    )


@hookimpl
def policybench_principals() -> Iterator[PrincipalSpec]:
    """Announce the principals of this distribution."""
    yield PrincipalSpec(
        name="ucb",
        description="Upper confidence bound (UCB1): optimism in the face of uncertainty, on a grid of actions.",
        factory="policybench_bandits.ucb:UCB",
        options=(
            Option("c", float, 0.2, "Weight of the confidence bonus; UCB1's own is 1.41.", minimum=0),
            Option(
                "t",
                str,
                "all",
                "Which steps t counts: those in all contexts, or those in the present context alone.",
                choices=("all", "context"),
            ),
            _TIES,
            _levels("coarse"),
        ),
        source="Auer, Cesa-Bianchi & Fischer (2002), Finite-time analysis of the multiarmed bandit problem",
    )
    yield PrincipalSpec(
        name="epsilon-greedy",
        description="Mostly the arm with the best sample average, sometimes a random one, on a grid of actions.",
        factory="policybench_bandits.epsilon_greedy:EpsilonGreedy",
        options=(
            Option("epsilon", float, 0.1, "Probability of a uniformly random arm.", minimum=0, maximum=1),
            Option(
                "unvisited",
                str,
                "initial",
                "What the greedy choice does with arms never tried: values them at `initial`, or excludes them.",
                choices=("initial", "excluded"),
            ),
            Option("initial", float, 0.0, "Value of an arm never tried; above all payoffs, each is tried first."),
            _TIES,
            _levels("fine"),
        ),
        source="Sutton & Barto (2018), Reinforcement learning: an introduction, 2nd ed., sections 2.2 to 2.6",
    )
    yield PrincipalSpec(
        name="thompson",
        description="Thompson sampling: the arm that is best in a draw from the posterior, on a grid of actions.",
        factory="policybench_bandits.thompson:Thompson",
        options=(
            Option("prior_mean", float, 0.0, "Prior guess of an arm's mean payoff."),
            Option("prior_count", float, 0.05, "How many observations the prior mean is worth.", minimum=1e-6),
            Option("prior_shape", float, 1.0, "Inverse gamma shape of the payoff variance.", minimum=0.1),
            Option("prior_scale", float, 25.0, "Inverse gamma scale of the payoff variance.", minimum=1e-6),
            _levels("coarse"),
        ),
        source="Russo et al. (2018), A tutorial on Thompson sampling; Murphy (2007), section 6",
    )
    yield PrincipalSpec(
        name="fixed",
        description="One constant action.",
        factory="policybench_bandits.fixed:Fixed",
        options=(Option("action", tuple, None, "The action, numbers separated by commas; required."),),
    )
    yield PrincipalSpec(
        name="random",
        description="Uniformly random actions, the floor that scores are measured from.",
        factory="policybench_bandits.random:Random",
    )
    yield PrincipalSpec(
        name="landscape-best",
        description="An oracle: the best constant action of a measured landscape, for each context its own.",
        factory="policybench_bandits.landscape_best:LandscapeBest",
        options=(
            Option("landscape", str, None, "Folder made of this environment by policybench landscape; required."),
        ),
    )
