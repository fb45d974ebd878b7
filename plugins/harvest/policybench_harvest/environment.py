"""Commons Harvest as an environment: a tax, seven followers that learn under it, and what they ate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from policybench import Array, Description, Dimension, Problem, load_references
from policybench.followers import Followers, load_weights
from policybench.gridworld import (
    VIEW_SIZE,
    Episode,
    LearningEnvironment,
    mean_over,
    most_successes,
    tell_learning,
)
from policybench_harvest.drawing import draw
from policybench_harvest.episode import make_record, play_episode
from policybench_harvest.game import bare_views, make_games, reset_game, step_game
from policybench_harvest.rules import Rules, make_rules
from policybench_harvest.tax import taxed_slopes

WEIGHTS = Path(__file__).with_name("followers.safetensors")
REFERENCES = Path(__file__).with_name("references")
MEASURED = {5: "harvest", 12: "harvest-settled"}
"""Files of floor and ceiling, by the number of training episodes."""

N_FOLLOWERS = 7


STORY = (
    "Seven followers live on a commons with 64 apple trees in several orchards. Each follower moves about and "
    "eats apples, and learns to eat as many as it can keep. An eaten apple grows back only if other apples hang "
    "within two cells of its place: the more neighbours, the sooner (per step with probability 0.25% with one "
    "neighbour, 0.5% with two, 2.5% with three or more, never with none). An orchard that is eaten bare stays "
    "bare for the rest of the episode of 1000 steps. The principal sets a tax on apples before the followers "
    "learn. Three rates, one a bracket, say how much: at a rate of r an apple costs its eater 4 r apples. The "
    "bracket is the number of apples that this follower ate in the last 11 steps; the present step counts, and "
    "so does the apple itself. All tax is paid back to the followers in equal shares, so that none of it is lost "
    "or gained."
)
CONSEQUENCES = (
    "Followers who eat greedily ruin the commons; followers who hold back live off it for long. Rates above 0.25 "
    "make eating a loss before the tax is shared out."
)


def _rate(bracket: str, eaten: str) -> Dimension:
    whom = f"a follower that ate {eaten} in the last 11 steps, the present one included"
    return Dimension(
        f"tax at {bracket} apples",
        f"tax rate for {whom}",
        Dimension(
            f"relief at {bracket} apples", f"relief from the tax for {whom}: its rate is 1 minus the relief"
        ),
    )


ACTION = (_rate("0-2", "0 to 2 apples"), _rate("3-4", "3 or 4 apples"), _rate("5+", "5 or more apples"))
OBSERVATION = {
    "apples": "apples on the trees after each of the steps of an episode",
    "raw_rewards": "apples that each follower ate in an episode, before tax",
}


def describe(training_episodes: int, validation_episodes: int) -> Description:
    """The task in words."""
    mean = mean_over(validation_episodes)
    return Description(
        story=f"{STORY} {tell_learning(training_episodes, validation_episodes)}",
        action=ACTION,
        payoff="apples eaten per follower in an episode, after the followers have learned, before any tax",
        observation={name: meaning + mean for name, meaning in OBSERVATION.items()},
        consequences=CONSEQUENCES,
    )


def payoff_bounds(rules: Rules, episode_steps: int) -> tuple[float, float]:
    """The lowest and the highest payoff: nobody eats more than an apple a step, nor apples that do not grow.

    Every tree may sprout in every step, with the highest of the probabilities at most.
    """
    n_trees = len(rules.sites)
    grown = most_successes(n_trees * episode_steps, float(rules.regrowth.max()))
    return 0.0, min(float(episode_steps), (n_trees + grown) / N_FOLLOWERS)


class Harvest(LearningEnvironment):
    """Seven followers in Commons Harvest Open learn by PPO under three tax rates, one an income bracket.

    **The game.** 64 apple trees stand in several orchards. In each of 1000 steps every follower stays, moves by
    one cell in any direction or turns by 90 degrees; it sees nine cells ahead, one behind and five to either side.
    All act in one step, one after another: where two want one cell, the first gets it. Who enters a cell with an
    apple eats it, a reward of 1. An eaten apple grows back only while other apples hang within two cells: with 1
    neighbour with probability 0.0025 a step, with 2 with 0.005, with 3 or more with 0.025. An orchard that is
    eaten bare stays bare. So followers who eat all they can ruin the commons, and followers who leave some apples
    live off it for long.

    **The action**, [3] in [0, 1], are the tax rates of three income brackets. A follower's income is what it ate
    in the last 11 steps, the present one included: 0 to 2 apples, 3 or 4, 5 and more. A rate of r takes 4 r of an
    apple just eaten. All tax is paid back at once, to all followers alike.

    **A principal step.** The followers restart from their initial weights, learn from ``training_episodes`` of the
    game under the tax, and play ``validation_episodes`` in which they do not learn. The payoff is the mean number
    of apples that a follower then eats in an episode; taxes only move rewards between followers.

    ``policybench_harvest.step`` has the order of events within a step, ``policybench_harvest.tax`` the tax.
    """

    action_name = "rates"

    def __init__(
        self,
        seeds: Sequence[int],
        *,
        training_episodes: int,
        validation_episodes: int,
        episode_steps: int,
        move_order: str,
        weights: str | None,
    ) -> None:
        """Load the followers' weights and prepare one game, in which the seeds take turns."""
        self._rules = make_rules(random_move_order=move_order == "random")
        self._games = make_games(self._rules, 1)
        self._record = make_record(episode_steps, N_FOLLOWERS)
        followers = Followers(
            load_weights(WEIGHTS if weights is None else Path(weights)),
            n_steps=episode_steps,
            n_players=N_FOLLOWERS,
            view=(VIEW_SIZE, VIEW_SIZE),
            ground=bare_views(self._rules),
        )
        super().__init__(
            seeds,
            followers=followers,
            play=partial(play_episode, self._rules, self._games, self._record),
            training_episodes=training_episodes,
            validation_episodes=validation_episodes,
        )
        as_measured = (episode_steps, move_order, weights) == (1000, "fixed", None)
        measured = MEASURED.get(training_episodes) if as_measured else None
        floor, ceiling = load_references(REFERENCES / f"{measured}.json") if measured else (None, None)
        n_apples = len(self._rules.sites)
        self.problem = Problem(
            action_space=spaces.Box(0.0, 1.0, (3,), np.float64),
            observation_space=spaces.Dict(
                {
                    "apples": spaces.Box(0.0, n_apples, (episode_steps,), np.float64),
                    "raw_rewards": spaces.Box(0.0, np.inf, (N_FOLLOWERS,), np.float64),
                }
            ),
            steps=3000,
            fine_levels=21,
            coarse_levels=11,
            description=describe(training_episodes, validation_episodes),
            noise=ceiling.deviation if ceiling and validation_episodes == 1 else None,
            floor=floor,
            ceiling=ceiling,
            payoff_bounds=payoff_bounds(self._rules, episode_steps),
            has_gradient=True,
        )

    def _episode(self) -> Episode:
        record = self._record
        return Episode(
            payoff=float(record.eaten.mean()),
            observation={"apples": record.apples, "raw_rewards": record.eaten},
        )

    def _step_payoffs(self) -> Array:
        payoffs: Array = self._record.rewards.mean(axis=1, dtype=np.float64)
        return payoffs

    def _reward_slopes(self) -> Array:
        return taxed_slopes(self._record.rewards)

    def _frames(self, actions: NDArray[np.uint8], stream: NDArray[np.uint64]) -> Iterator[Array]:
        rewards = np.zeros(N_FOLLOWERS, dtype=np.float32)
        reset_game(self._rules, self._games, 0)
        for joint in actions:
            yield draw(self._rules, self._games, 0)
            step_game(self._rules, self._games, 0, joint, rewards, stream)
