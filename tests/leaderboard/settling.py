"""A principal for tests: tries random actions, then stays where it is until its search ends."""

from policybench import Option, Principal, PrincipalSpec, hookimpl


class Settling(Principal):
    """``explore`` random actions, then ``repeat`` times the same one in each context."""

    def __init__(self, problem, *, rng, explore, repeat):
        super().__init__(problem, rng=rng)
        self.explore, self.repeat, self.told = explore, repeat, 0

    def ask(self, context):
        space = self.problem.action_space
        return self.rng.uniform(space.low, space.high) if self.told < self.explore else self.recommend(context)

    def tell(self, action, outcome):
        self.told += 1

    def settled(self, context):
        return self.recommend(context) if self.told >= self.explore + self.repeat else None

    def recommend(self, context):
        space = self.problem.action_space
        place = 1 if context is None else 1 + list(context).index(max(context))
        return space.low + (space.high - space.low) / (1 + place)

    def state_dict(self):
        return {"told": self.told}

    def load_state_dict(self, state):
        self.told = state["told"]


@hookimpl
def policybench_principals():
    options = (Option("explore", int, 3, "random actions"), Option("repeat", int, 12, "identical actions"))
    yield PrincipalSpec("settling", "Settles early.", Settling, options)
