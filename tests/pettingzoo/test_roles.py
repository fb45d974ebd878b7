"""Roles, every kind of action, masks, contexts, and games in turns."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from gymnasium import spaces
from hypothesis import given
from hypothesis import strategies as st
from odd_games import Plain, odd_environment
from scipy import stats
from torch.distributions import Categorical, Normal

from policybench.errors import InputError
from policybench.pettingzoo.action_spaces import action_view_of
from policybench.pettingzoo.decisions import Decision, sample
from policybench.pettingzoo.game import Game
from policybench.pettingzoo.roles import interface_of

LEARNS = {"training_episodes": 80, "games": 4, "hidden": 32, "learning_rate": 0.01, "discount": 0.0}


class Market(Plain):
    """A firm names a price, best ten times the principal's first number, and a product of two traits.

    Two workers choose an effort and whether to strike; effort 2 would pay most but is forbidden, striking costs.
    In every step an agent of the other role is paid by itself alone, so that each role can be looked at alone.
    """

    metadata = {"name": "market"}  # noqa: RUF012
    length = 10

    def __init__(self):
        super().__init__()
        self.possible_agents = ["firm_0", "worker_0", "worker_1"]

    def observation_space(self, agent):
        if agent.startswith("firm"):
            return spaces.Tuple([spaces.Discrete(2), spaces.Box(0.0, np.inf, (1,))])
        mask = spaces.MultiBinary(5)
        return spaces.Dict({"observation": spaces.Box(-1.0, 1.0, (2,)), "action_mask": mask})

    def action_space(self, agent):
        if agent.startswith("firm"):
            return spaces.Dict({"price": spaces.Box(0.0, 10.0, (1,)), "traits": spaces.MultiBinary(2)})
        return spaces.MultiDiscrete([3, 2])

    def look_of(self, agent):
        if agent.startswith("firm"):
            return (0, np.ones(1, np.float32))
        return {"observation": np.zeros(2, np.float32), "action_mask": np.array([1, 1, 0, 1, 1], np.int8)}

    def reset(self, seed=None, options=None):
        self.agents, self.time = self.possible_agents[:], 0
        self.prices, self.traits, self.efforts, self.strikes = [], [], [], []
        return {agent: self.look_of(agent) for agent in self.agents}, {}

    def step(self, actions):
        self.time += 1
        price, traits = actions["firm_0"]["price"], actions["firm_0"]["traits"]
        assert spaces.Box(0.0, 10.0, (1,)).contains(price)
        assert traits.dtype == np.int8
        self.prices.append(price[0])
        self.traits.append(traits)
        rewards = {"firm_0": -abs(price[0] - 10 * self.pay[0]) + traits[0] - traits[1]}
        for agent in ("worker_0", "worker_1"):
            effort, strike = actions[agent]
            assert effort != 2
            self.efforts.append(effort)
            self.strikes.append(strike)
            rewards[agent] = float(effort) * self.pay[1] - strike
        agents, over = self.agents, self.time >= self.length
        if over:
            self.agents = []
        looks = {agent: self.look_of(agent) for agent in agents}
        return looks, rewards, dict.fromkeys(agents, False), dict.fromkeys(agents, over), {}

    def principal_observation(self):
        return {
            "price": np.array([np.mean(self.prices)]),
            "traits": np.mean(self.traits, axis=0),
            "effort": np.array([np.mean(self.efforts)]),
            "strike": np.array([np.mean(self.strikes)]),
        }


SEEN = spaces.Dict(
    {
        "price": spaces.Box(0.0, 10.0, (1,), np.float64),
        "traits": spaces.Box(0.0, 1.0, (2,), np.float64),
        "effort": spaces.Box(0.0, 2.0, (1,), np.float64),
        "strike": spaces.Box(0.0, 1.0, (1,), np.float64),
    }
)
market = partial(odd_environment, Market, observation_space=SEEN)


def test_both_roles_learn_what_pays_with_every_kind_of_action():
    outcome = market(**LEARNS).evaluate(0, np.array([[0.2, 1.0]]))[0]
    seen = {name: values.round(2).tolist() for name, values in outcome.observation.items()}
    assert seen["price"][0] == pytest.approx(2, abs=1.5), seen
    assert seen["traits"][0] > 0.8 > 0.2 > seen["traits"][1], seen
    assert seen["effort"][0] > 0.8, seen
    assert seen["strike"][0] < 0.2, seen


def test_a_row_is_the_same_alone_and_among_others():
    actions = np.array([[0.2, 1.0], [0.7, 0.5]])
    both = market(seeds=[3, 4], training_episodes=3).evaluate(2, actions)
    alone = market(seeds=[4], training_episodes=3).evaluate(2, actions[1:])[0]
    assert alone.payoff == both[1].payoff


def test_roles_may_have_their_own_settings():
    settings = {"firm": {"learning_rate": 0.0, "hidden": 4}}
    environment = market(roles=settings)
    hidden = {name: followers.network.trunk.out_features for name, followers in environment.followers.items()}
    assert hidden == {"firm": 4, "worker": 8}

    def weights():
        return {
            name: torch.cat([p.detach().flatten() for p in followers.network.actor.parameters()])
            for name, followers in environment.followers.items()
        }

    environment.train(0, 0, np.array([0.5, 0.5]))
    first = weights()
    environment.train(0, 1, np.array([0.5, 0.5]))
    second = weights()
    assert torch.equal(first["firm"], second["firm"])  # its learning rate is 0
    assert not torch.equal(first["worker"], second["worker"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"roles": {"firms": {}}}, "roles: no role 'firms'. Did you mean 'firm'"),
        ({"roles": {"firm": {"games": 3}}}, "roles: firm: no setting 'games' of its own"),
        ({"roles": {"firm": {"discount": 3.0}}}, "discount: 3.0; it takes a number"),
        ({"groups": {"firm_0": "x"}}, "groups: no role for 'worker_0'"),
        (
            {"groups": {"firm_0": "x", "worker_0": "y", "worker_1": "y", "boss": "y"}},
            "groups: there is no agent 'boss'",
        ),
        (
            {"groups": {"firm_0": "x", "worker_0": "x", "worker_1": "y"}},
            "worker_0 and firm_0 of the role 'x' have different spaces",
        ),
        ({"weights": "w.safetensors"}, "each needs weights of its own"),
    ],
)
def test_wrong_roles_are_refused(settings, message):
    with pytest.raises(InputError, match=message):
        market(**settings)


def test_equal_agents_can_be_given_several_roles():
    groups = {"firm_0": "firm", "worker_0": "left", "worker_1": "right"}
    environment = market(groups=groups)
    assert {name: len(f.role.agents) for name, f in environment.followers.items()} == {
        "firm": 1,
        "left": 1,
        "right": 1,
    }
    assert np.isfinite(environment.evaluate(0, np.array([[0.2, 1.0]]))[0].payoff)


def test_no_gradient():
    with pytest.raises(InputError, match="game market: has no gradient"):
        market().evaluate(0, np.array([[0.2, 1.0]]), gradient=True)


# Contexts


class Seasons(Plain):
    """In season 1 the payments change places."""

    season = 0

    def context(self, rng):
        self.season = int(rng.integers(2))
        return np.int64(self.season)

    def look(self):
        return np.full(2, self.season, np.float32)

    def step(self, actions):
        return super().step({agent: action ^ self.season for agent, action in actions.items()})


def test_a_game_may_draw_contexts():
    environment = odd_environment(Seasons, seeds=[0, 1, 2, 3], context_space=spaces.Discrete(2), games=2)
    contexts = [environment.contexts(step).tolist() for step in range(4)]
    assert {season for row in contexts for season in row} == {0, 1}
    assert contexts == [environment.contexts(step).tolist() for step in range(4)]
    untrained = {"training_episodes": 0, "sees_action": False, "context_space": spaces.Discrete(2)}
    for step in range(3):
        outcomes = odd_environment(Seasons, seeds=[0, 1], **untrained).evaluate(step, np.array([[1.0, 1]] * 2))
        assert [outcome.payoff for outcome in outcomes] == [6.0, 6.0]
    fresh = odd_environment(Seasons, seeds=[0], games=2, fresh_copies=True, context_space=spaces.Discrete(2))
    usual = odd_environment(Seasons, seeds=[0], games=2, context_space=spaces.Discrete(2))
    action = np.array([[0.1, 0.9]])
    assert fresh.evaluate(2, action)[0].payoff == usual.evaluate(2, action)[0].payoff


def test_context_and_its_space_go_together():
    with pytest.raises(InputError, match=r"context\(rng\) and context_space go together"):
        odd_environment(Seasons)
    with pytest.raises(InputError, match=r"context\(rng\) and context_space go together"):
        odd_environment(Plain, context_space=spaces.Discrete(2))


def test_what_reset_leaves_does_not_matter_with_fresh_copies():
    first, again = (
        odd_environment("LeftOver", fresh_copies=True, seeds=[5]).evaluate(1, np.array([[0.1, 0.9]]))[0]
        for _ in range(2)
    )
    assert first.payoff == again.payoff


def test_games_in_turns_that_can_be_converted_are():
    pytest.importorskip("pygame", reason="pygame, which the game draws with, is not installed")
    from pettingzoo.classic import rps_v2

    def make():
        game = rps_v2.env(max_cycles=5)
        game.set_policy = lambda action: None
        return game

    assert interface_of("rps", Game(make).env).agents == ("player_0", "player_1")
    outcome = odd_environment(make).evaluate(0, np.array([[0.5, 0.5]]))[0]
    assert outcome.timesteps.validation == 5
    assert outcome.observation["returns"].sum() == 0


# What actors decide, against torch's own distributions


@given(st.integers(0, 1000))
def test_probabilities_and_entropies_are_those_of_torch(seed):
    rng = torch.Generator().manual_seed(seed)
    logits, means = torch.randn(5, 2, 4, generator=rng), torch.randn(5, 3, generator=rng)
    spread = torch.randn(3, generator=rng)
    allowed = torch.rand(5, 2, 4, generator=rng) < 0.6
    allowed[:, :, 1] = True
    decision = Decision.of(logits, allowed, means, spread)
    categories = Categorical(logits=logits.masked_fill(~allowed, -1e9))
    normal = Normal(means, spread.exp())
    choices = torch.ones(5, 2, dtype=torch.int64)
    numbers = torch.randn(5, 3, generator=rng)
    expected = categories.log_prob(choices).sum(1) + normal.log_prob(numbers).sum(1)
    torch.testing.assert_close(decision.log_probability(choices, numbers), expected, rtol=1e-4, atol=1e-4)
    entropy = categories.entropy().sum(1) + normal.entropy().sum(1)
    torch.testing.assert_close(decision.entropy(), entropy, rtol=1e-4, atol=1e-4)


def test_samples_follow_the_probabilities_and_never_what_is_forbidden():
    n = 20_000
    logits = torch.tensor([[[0.0, 1.0, 2.0, 5.0]]]).expand(n, 1, 4)
    allowed = torch.tensor([[[True, True, True, False]]])
    rng = np.random.default_rng(0)
    decision = Decision.of(logits, allowed, torch.full((n, 1), 2.0), torch.zeros(1))
    choices, numbers = sample(decision, rng.random((n, 1)), rng.standard_normal((n, 1)))
    counts = np.bincount(choices[:, 0], minlength=4)
    assert counts[3] == 0
    expected = np.exp([0.0, 1, 2]) / np.exp([0.0, 1, 2]).sum() * n
    assert stats.chisquare(counts[:3], expected).pvalue > 1e-3
    assert stats.kstest(numbers[:, 0], stats.norm(2, 1).cdf).pvalue > 1e-3
    certain, _ = sample(decision, np.full((n, 1), np.nextafter(1.0, 0.0)), rng.standard_normal((n, 1)))
    assert certain.max() == 2


@pytest.mark.parametrize(
    "space",
    [
        spaces.Discrete(3, start=2),
        spaces.MultiDiscrete([[2, 3], [4, 5]]),
        spaces.MultiBinary([2, 2]),
        spaces.Box(-3, 3, (2,), np.int16),
        spaces.Box(np.array([-1.0, 0.0], np.float32), np.array([1.0, np.inf], np.float32)),
        spaces.Box(-np.inf, np.inf, (2, 2), np.float64),
        spaces.Tuple(
            [spaces.Discrete(2), spaces.Dict({"x": spaces.Box(0.0, 0.1, (1,)), "y": spaces.Discrete(3)})]
        ),
    ],
    ids=str,
)
@given(seed=st.integers(0, 100))
def test_every_action_lies_in_its_space(space, seed):
    view, rng = action_view_of(space), np.random.default_rng(seed)
    choices = rng.integers(0, view.counts) if view.counts else np.zeros(0, np.int64)
    action = view.decode(choices, rng.normal(scale=3, size=view.n_numbers))
    assert space.contains(action)
