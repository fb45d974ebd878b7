"""Toll road: commuters learn which of two roads is faster under a toll; hill climbing searches the toll."""

from __future__ import annotations

import time

import numpy as np
from gymnasium import spaces

from policybench import (
    Description,
    Dimension,
    Environment,
    EnvironmentSpec,
    InputError,
    Option,
    Outcome,
    Principal,
    PrincipalSpec,
    Problem,
    Reference,
    Timesteps,
    check_actions,
    hookimpl,
)
from policybench.streams import generator


class TollRoad(Environment):
    """Twenty commuters choose the short or the long road each day; the short one is slow when it is crowded.

    The action is the toll on the short road. Each commuter imitates whichever road cost less yesterday, with some
    noise. The payoff is minus the mean travel time on the last day, in units of the empty short road.
    """

    def __init__(self, seeds, *, days, delay):
        super().__init__(seeds)
        self.days, self.delay = days, delay
        self.problem = Problem(
            action_space=spaces.Box(0.0, 2.0, (1,), np.float64),
            observation_space=spaces.Dict({"share": spaces.Box(0.0, 1.0, (days,), np.float64)}),
            steps=50,
            fine_levels=21,
            coarse_levels=11,
            description=Description(
                story="Twenty commuters choose between a short road and a long one.",
                action=(Dimension("toll", "toll on the short road"),),
                payoff="minus the mean travel time on the last day",
                observation={"share": "share of commuters on the short road, by day"},
            ),
            floor=Reference(-2.0, 0.1, "a guess"),
            ceiling=Reference(-1.5, 0.1, "a guess"),
        )

    def evaluate(self, step, actions, *, gradient=False):
        actions = check_actions(actions, len(self.seeds), self.problem.action_space)
        time.sleep(self.delay)
        return [self._one(seed, step, float(action[0])) for seed, action in zip(self.seeds, actions, strict=True)]

    def _one(self, seed, step, toll):
        rng = generator(seed, step, "commuters")
        short = rng.random(20) < 0.5
        shares = []
        for _ in range(self.days):
            shares.append(short.mean())
            cheaper = 1 + 2 * shares[-1] + toll < 2 + rng.normal(0, 0.1)
            short = np.where(rng.random(20) < 0.3, cheaper, short)
        travel = shares[-1] * (1 + 2 * shares[-1]) + (1 - shares[-1]) * 2
        return Outcome(-travel, Timesteps(self.days - 1, 1), {"share": np.array(shares)})


class HillClimbing(Principal):
    """Perturbs the best action so far and keeps what pays more."""

    def __init__(self, problem, *, rng, radius):
        super().__init__(problem, rng=rng)
        if radius > 2:
            raise InputError(f"-p radius={radius}: larger than the action space; allowed is 0 to 2")
        self.radius, self.best, self.best_payoff = radius, problem.action_space.low, -np.inf

    def ask(self, context):
        space = self.problem.action_space
        return np.clip(self.best + self.rng.normal(0, self.radius, self.best.shape), space.low, space.high)

    def tell(self, action, outcome):
        if outcome.payoff > self.best_payoff:
            self.best, self.best_payoff = action, outcome.payoff

    def recommend(self, context):
        return self.best

    def state_dict(self):
        return {"best": self.best, "payoff": self.best_payoff}

    def load_state_dict(self, state):
        self.best, self.best_payoff = state["best"], state["payoff"]


@hookimpl
def policybench_principals():
    yield PrincipalSpec(
        "hill-climbing",
        "Perturbs the best action so far and keeps what pays more.",
        HillClimbing,
        (Option("radius", float, 0.2, "standard deviation of the perturbation", minimum=0),),
    )


@hookimpl
def policybench_environments():
    yield EnvironmentSpec(
        "toll-road",
        "Commuters learn which road to take under a toll.",
        "policybench_toy:TollRoad",
        (
            Option("days", int, 40, "days that commuters learn", minimum=1),
            Option("delay", float, 0.0, "seconds of sleep before each evaluation", minimum=0),
        ),
    )
