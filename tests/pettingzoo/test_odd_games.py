"""Games with odd habits: those that mean something run, and every other one is refused in one line."""

from __future__ import annotations

import re

import numpy as np
import pytest
from odd_games import ODD, Plain, odd_environment

from policybench.errors import ContractError, InputError

ACTION = np.array([[0.2, 0.7]])

RUN = {
    # By name: the steps of an episode.
    "ShowsTheLivingAlone": 6,
    "ForgetsTheDeadAtOnce": 6,
    "GoesOnListingTheDead": 6,
    "ComesBack": 6,
    "JoinsLate": 6,
    "PaysTheDead": 6,
    "EverybodyDies": 4,
    "OtherOrder": 6,
    "NumberedAgents": 6,
    "AllKeyOfEndings": 6,
    "AllKeyOfRewards": 6,
    "OnlyWhoEnded": 6,
    "ArraysOfBools": 6,
    "ArraysOfRewards": 6,
    "ChannelsFirst": 6,
    "ManyChannels": 6,
    "FramesOfImages": 6,
    "RealImage": 6,
    "NegativeStrides": 6,
    "Lists": 6,
    "ScalarBox": 6,
    "EmptyBox": 6,
    "Bools": 6,
    "HalfPrecision": 6,
    "Thousands": 6,
    "Nested": 6,
    "MaskInObservation": 6,
    "MaskInInfos": 6,
}

REFUSED = {
    "NobodyThere": "game plain: no agents after reset",
    "Stranger": "game plain, step 2: agent 'c' takes part; its possible_agents are a, b",
    "NoPossibleAgents": "game plain: has no possible_agents",
    "SeesNobody": "game plain, after reset.*: no observation of agent b",
    "NoRewards": "game plain, step 1: reward of agent a is None; expected a number",
    "RewardsMissing": "game plain, step 1: no reward of agent b",
    "RewardNaN": "game plain, step 3: reward of agent b is nan; expected a finite number",
    "RewardOfAStranger": "game plain, step 1: reward of agent 'c'; its possible_agents are a, b",
    "EndingAsAList": "game plain, step 1: terminations are a list; expected a dict",
    "OldReset": "game plain: reset.* returned a dict; expected two dicts",
    "OldStep": "game plain: step.* returned a tuple of 4; expected five dicts",
    "NoSeed": "game plain: reset.* takes no seed",
    "Quits": "game plain: step.* number 5 ended the program",
    "NaNSeen": "game plain, step 3: observation of agent a: entry .0. is nan",
    "InfinitySeen": "game plain, after reset.*: observation of agent a: entry .1. is inf",
    "HugeNumberSeen": "agent a: entry .1. is 1e.300; at most 1e.15 is supported",
    "FarOutOfBounds": "agent a: entry .1. is 20; its space has numbers from -1 to 1",
    "SymbolTooLarge": "agent a: entry .1. is 7; its space has integers from 0 to 3",
    "SymbolTooSmall": "agent a: entry .1. is -1; its space has integers from 0 to 3",
    "HalfASymbol": "agent a: entry .1. is 0.5; its space has integers from 0 to 3",
    "OtherShape": r"agent a: its shape is \(3,\) instead of \(2,\)",
    "Words": "agent a: it is 'north' instead of numbers",
    "NoDict": "agent a: it has no entry .'place'.",
    "MaskOfNothing": "game plain, step 3: agent a: the action mask allows no action",
    "MaskOfOtherSize": "agent a: the action mask has 3 entries; there are 2 actions",
    "MaskAtFirstAlone": "game plain, step 1: agent a has no action mask any more",
    "GlobalLuck": "game plain: uses NumPy's global random generator",
    "UnseededLuck": r"two episodes that began with reset\(seed=1\).* differ in what agents see",
    "LeftOver": r"two episodes that began with reset\(seed=1\).* differ in rewards, first in step 1",
    "ForgetsThePolicy": r"reset\(\) forgets what set_policy\(\) set",
    "InTurns": "game in turns: its agents move in turns",
    "LooksLikeTurns": "game plain: its agents move in turns",
}


def test_every_odd_game_is_tried():
    assert set(RUN) | set(REFUSED) == set(ODD)


@pytest.mark.parametrize("name", RUN)
def test_what_means_something_runs(name):
    environment = odd_environment(name)
    (outcome,) = environment.evaluate(0, ACTION)
    assert np.isfinite(outcome.payoff)
    assert (outcome.timesteps.training, outcome.timesteps.validation) == (2 * RUN[name], RUN[name])
    networks = [followers.network for followers in environment.followers.values()]
    assert all(np.isfinite(part.detach().numpy()).all() for network in networks for part in network.parameters())
    (again,) = odd_environment(name).evaluate(0, ACTION)
    assert again.payoff == outcome.payoff


@pytest.mark.parametrize("name", REFUSED)
def test_everything_else_is_refused_in_one_line(name):
    with pytest.raises((ContractError, InputError)) as caught:
        odd_environment(name).evaluate(0, ACTION)
    assert re.search(REFUSED[name], str(caught.value))
    assert "\n" not in str(caught.value)


def test_rewards_go_to_whom_they_are_for_in_whatever_order():
    outcome = odd_environment("OtherOrder").evaluate(0, ACTION)[0]
    np.testing.assert_allclose(outcome.observation["returns"], [6 * 0.2, 6 * 0.7])


def test_what_nobody_can_do_anything_about_is_left_alone():
    """A game in which the action changes nothing, kept or not, is not accused of forgetting it."""

    class Deaf(Plain):
        def set_policy(self, action):
            pass

    assert odd_environment(Deaf).evaluate(0, ACTION)[0].payoff == 0


def test_games_are_closed():
    closed = []

    class Engine(Plain):
        def close(self):
            closed.append(self)

    environment = odd_environment(Engine, games=3)
    environment.evaluate(0, ACTION)
    assert not closed
    environment.close()
    environment.close()
    assert len(set(map(id, closed))) == len(closed) == 3


def test_games_are_closed_when_one_is_refused():
    closed = []

    class Engine(Plain):
        def close(self):
            closed.append(self)

        def action_space(self, agent):
            return "any"

    with pytest.raises(InputError, match=r"action_space\('a'\) is 'any'"):
        odd_environment(Engine, games=2)
    assert len(closed) == 2


def test_an_agent_that_comes_back_starts_a_new_track():
    from policybench.pettingzoo.rollout import EpisodeSeeds, play

    environment = odd_environment("ComesBack")
    environment.train(0, 0, ACTION[0])
    policies = list(environment.followers.values())
    luck = EpisodeSeeds(1, np.random.default_rng(0))
    (steps,) = play(environment._copies, [luck], policies, environment._interface, longest=100)
    assert [sorted(step.agent.tolist()) for step in steps] == [[0, 1], [0, 1], [0], [0], [0, 1], [0, 1]]
    ending = steps[1].agent.tolist().index(1)
    assert not steps[1].continues[ending]
    assert steps[1].bootstrap[ending] == 0


def test_the_value_of_an_agent_that_was_cut_off_unseen_is_that_of_what_it_saw_last():
    from policybench.pettingzoo.rollout import EpisodeSeeds, play

    environment = odd_environment("ShowsTheLivingAlone")
    environment.train(0, 0, ACTION[0])
    policies = list(environment.followers.values())
    luck = EpisodeSeeds(1, np.random.default_rng(0))
    (steps,) = play(environment._copies, [luck], policies, environment._interface, longest=100)
    np.testing.assert_array_equal(steps[-1].bootstrap, steps[-1].values)
