"""A good principal and a good environment, small ones; the broken ones differ from them in one thing each."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from policybench import (
    Description,
    Dimension,
    Environment,
    EnvironmentSpec,
    Option,
    Outcome,
    Principal,
    PrincipalSpec,
    Problem,
    Timesteps,
)
from policybench.actions import check_actions
from policybench.contexts import context_key
from policybench.streams import generator


class Searcher(Principal):
    """Random search that recommends the best action of each context."""

    def __init__(self, problem, *, rng):
        super().__init__(problem, rng=rng)
        self.low, self.high = problem.action_space.low, problem.action_space.high
        self.asked, self.best = None, {}

    def key(self, context):
        return context_key(context)

    def draw(self):
        return self.rng.uniform(self.low, self.high)

    def ask(self, context):
        self.asked = (self.key(context), self.draw())
        return self.asked[1].copy()

    def tell(self, action, outcome):
        if self.asked is None or not np.array_equal(action, self.asked[1]):
            raise ValueError(f"told of {action}, but that was not asked for")
        key, action = self.asked
        self.asked = None
        if outcome.payoff > self.best.get(key, [None, -np.inf])[1]:
            self.best[key] = [action, outcome.payoff]

    def recommend(self, context):
        known = self.best.get(self.key(context)) or max(self.best.values(), key=lambda best: best[1], default=None)
        return (self.low + self.high) / 2 if known is None else known[0].copy()

    def state_dict(self):
        return {"asked": self.asked, "best": self.best}

    def load_state_dict(self, state):
        self.asked, self.best = state["asked"], dict(state["best"])


class Climber(Searcher):
    """Follows the gradient, which it needs."""

    needs_gradient = True

    def draw(self):
        return np.clip(self.here, self.low, self.high)

    def __init__(self, problem, *, rng):
        super().__init__(problem, rng=rng)
        self.here = (self.low + self.high) / 2

    def tell(self, action, outcome):
        super().tell(action, outcome)
        self.here = self.here + 0.1 * outcome.gradient

    def state_dict(self):
        return super().state_dict() | {"here": self.here}

    def load_state_dict(self, state):
        super().load_state_dict(state)
        self.here = state["here"]


class Finisher(Searcher):
    """Ends its search after five steps."""

    def __init__(self, problem, *, rng):
        super().__init__(problem, rng=rng)
        self.told = 0

    def tell(self, action, outcome):
        super().tell(action, outcome)
        self.told += 1

    def settled(self, context):
        return None if self.told < 5 else self.recommend(context)

    def state_dict(self):
        return super().state_dict() | {"told": self.told}

    def load_state_dict(self, state):
        super().load_state_dict(state)
        self.told = state["told"]


QUOTA_AND_FEE = (Dimension("quota", "fish an angler may keep"), Dimension("fee", "paid by each angler"))


class Pond(Environment):
    """Anglers learn how much to fish; the payoff is highest at the quota 0.3. All randomness is in the weather."""

    def __init__(self, seeds, *, training_episodes, validation_episodes):
        super().__init__(seeds)
        self.training, self.validation = training_episodes, validation_episodes
        self.problem = self.make_problem()

    def make_problem(self, **changes):
        parts = {
            "action_space": spaces.Box(0.0, 2.0, (2,), np.float64),
            "observation_space": spaces.Dict({"fish": spaces.Box(0.0, 50.0, (3,), np.float64)}),
            "context_space": spaces.Discrete(2),
            "steps": 10,
            "fine_levels": 5,
            "coarse_levels": 3,
            "description": Description(
                story="Anglers share a pond.",
                action=QUOTA_AND_FEE,
                payoff="fish left",
                observation={"fish": "fish in the pond, by month"},
                context="the season",
            ),
            "has_gradient": True,
        }
        return Problem(**(parts | changes))

    def contexts(self, step):
        return np.array([generator(seed, step, "season").integers(2) for seed in self.seeds])

    def evaluate(self, step, actions, *, gradient=False):
        actions = check_actions(actions, len(self.seeds), self.problem.action_space)
        return [self.one(seed, step, row, gradient) for seed, row in zip(self.seeds, actions, strict=True)]

    def weather(self, seed, step):
        return generator(seed, step, "weather").normal()

    def one(self, seed, step, action, gradient):
        payoff = float(-((action - 0.3) ** 2).sum()) + 0.1 * self.weather(seed, step)
        return Outcome(
            payoff,
            Timesteps(10 * self.training, 5 * self.validation),
            {"fish": np.full(3, 10.0)},
            -2 * (action - 0.3) if gradient else None,
        )


class Lake(Pond):
    """The same without seasons."""

    def make_problem(self, **changes):
        description = Description("Anglers.", QUOTA_AND_FEE, "fish left", {"fish": "fish in the lake, by month"})
        return super().make_problem(**({"context_space": None, "description": description} | changes))

    def contexts(self, step):
        return None


def principal(kind, **more):
    return PrincipalSpec(kind.__name__.lower(), "A principal for tests.", kind, **more)


def environment(kind, **more):
    options = (
        Option("training_episodes", int, 2, "episodes of learning", minimum=0),
        Option("validation_episodes", int, 1, "episodes of validation", minimum=1),
    )
    more = {"final_options": {"validation_episodes": 4}} | more
    return EnvironmentSpec(kind.__name__.lower(), "An environment for tests.", kind, options, **more)


def failures(checks, *, left_out=("other-processes",)):
    """The checks that fail, by name, with their errors; some are left out, as starting processes takes seconds."""
    from policybench.testing import ConformanceError

    found = {}
    for check in checks:
        if check.name in left_out:
            continue
        try:
            check()
        except ConformanceError as error:
            found[check.name] = error
    return found


class HashOrder(Lake):
    """The weather of two anglers is drawn in the order of a set, which differs between processes."""

    def weather(self, seed, step):
        rng = generator(seed, step, "weather")
        drawn = {angler: rng.normal() for angler in {"player_0", "player_1"}}
        return drawn["player_0"] + 2 * drawn["player_1"]
