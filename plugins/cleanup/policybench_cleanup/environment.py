"""Clean Up as an environment: three incentives, seven followers that learn under them, and what they ate."""

from __future__ import annotations

import math
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
from policybench_cleanup.drawing import draw
from policybench_cleanup.episode import make_record, play_episode
from policybench_cleanup.game import bare_views, make_games, reset_game, step_game
from policybench_cleanup.incentives import MAX_INCENTIVE, account_episode, check_accounting, reward_slopes
from policybench_cleanup.rules import CLEAN_COOLDOWN, Rules, make_rules

WEIGHTS = Path(__file__).with_name("followers.safetensors")
REFERENCE = Path(__file__).with_name("reference.json")

N_FOLLOWERS = 7

STORY = (
    "Seven followers live between a river in the north and an orchard of 122 apple trees in the south, which "
    "all bear an apple at first. Each follower moves about, eats the apples that it walks onto, can clean the "
    "river with a beam that reaches three cells, and can zap another follower, which then is off the map for "
    "51 steps. About half of the river is dirty at the start, and dirt keeps coming: from step 51 on one "
    "more cell every second step on average. Apples grow back only while less than 40% of the river is dirty, "
    "the faster the cleaner it is. River and orchard lie apart, so who cleans eats nothing meanwhile. To a "
    "follower an apple is worth 0.1 and a cleaning shot that hits dirt -1; one that misses costs nothing and "
    "counts as doing neither. The principal sets "
    "three incentives before the followers learn; they are paid on top, in every step of an episode of 1000 "
    "steps, and cost the principal nothing."
)
CONSEQUENCES = (
    "Cleaning costs the cleaner and feeds everybody. An incentive of more than 1 makes cleaning pay. Unless the "
    "principal makes cleaning pay, nobody cleans, the apples of the start are eaten, and none grow back. If it "
    "pays too well, or if doing neither pays, nobody may care to eat."
)


def _incentive(what: str, when: str) -> Dimension:
    whom = f"a follower in each step in which {when}"
    return Dimension(
        f"incentive for {what}",
        f"incentive for {whom}",
        Dimension(
            f"held back for {what}",
            f"what is held back of {MAX_INCENTIVE:g} from {whom}; it is paid the rest",
        ),
    )


ACTION = (
    _incentive("eating", "it eats an apple"),
    _incentive("cleaning", "its cleaning shot hits dirt"),
    _incentive("neither", "it neither eats nor cleans, also while it is off the map"),
)
OBSERVATION = {
    "apples_regrown": "apples that grew in each of the steps of an episode",
    "cleaned": "followers that cleaned in each of the steps of an episode",
    "raw_rewards": "what each follower got in an episode before incentives: 0.1 an apple, -1 a cleaning shot",
}
PAYOFFS = {
    "apples": "apples eaten per follower in an episode, after the followers have learned",
    "paper": (
        "what a follower gets in an episode before incentives, after the followers have learned: 0.1 an "
        "apple, -1 a cleaning shot that hits exactly one cell of dirt, 0 for one that hits two or three"
    ),
}


def describe(accounting: str, training_episodes: int, validation_episodes: int) -> Description:
    """The task in words."""
    mean = mean_over(validation_episodes)
    loss = " Cleaning costs more than the apples that it grows are worth here." if accounting == "paper" else ""
    return Description(
        story=f"{STORY} {tell_learning(training_episodes, validation_episodes)}",
        action=ACTION,
        payoff=PAYOFFS[accounting],
        observation={name: meaning + mean for name, meaning in OBSERVATION.items()},
        consequences=CONSEQUENCES + loss,
    )


def payoff_bounds(rules: Rules, accounting: str, episode_steps: int) -> tuple[float, float]:
    """The lowest and the highest payoff.

    An apple of the start pays once, one that grows at most twice, and a follower is paid at most twice in a step.
    Every tree may bear in every step, with the highest of the probabilities at most. Under the accounting
    ``paper`` a shot that cleans costs 1, and the next one is possible after ``CLEAN_COOLDOWN`` steps.
    """
    n_trees = len(rules.sites)
    grown = most_successes(n_trees * episode_steps, float(rules.growth.max()))
    most = min(2.0 * episode_steps, (n_trees + 2 * grown) / N_FOLLOWERS)
    return -math.ceil(episode_steps / (1 + CLEAN_COOLDOWN)) if accounting == "paper" else 0.0, most


class CleanUp(LearningEnvironment):
    """Seven followers in Clean Up learn by PPO under three incentives: for eating, for cleaning, for neither.

    **The game.** A river lies in the north, an orchard of 122 apple trees in the south. In each of 1000 steps
    every follower stays, moves by one cell in any direction, turns by 90 degrees, or fires one of two beams, which
    reach three cells: the cleaning beam removes dirt from the river, a zap removes another follower from the map
    for 51 steps. Followers see nine cells ahead, one behind and five to either side. All trees bear an apple at
    first, and half of the river is dirty; from step 51 on one more cell becomes dirty with probability 0.5 a step.
    While less than 40% of the river is dirty, apples grow on empty trees, with a probability of at most 0.05 a
    step that is the higher the cleaner the river is; from 40% on none grow. Who enters a cell with an apple eats
    it. To a follower an apple is worth 0.1, and a shot that cleans costs 1. River and orchard lie apart, so
    cleaning feeds everybody and pays nobody.

    **The action**, [3] in [0, 3], are incentives that a follower is paid in a step: for eating, for cleaning, and
    for doing neither.

    **A principal step.** The followers restart from their initial weights, learn from ``training_episodes`` of the
    game with the incentives, and play ``validation_episodes`` in which they do not learn. The payoff is counted
    before incentives: the mean number of apples that a follower eats in an episode, or, with
    ``accounting="paper"``, what it gets for eating less what it pays for cleaning.

    ``policybench_cleanup.step`` has the order of events within a step, ``policybench_cleanup.incentives`` both
    accountings.
    """

    action_name = "incentives"

    def __init__(
        self,
        seeds: Sequence[int],
        *,
        training_episodes: int,
        validation_episodes: int,
        episode_steps: int,
        accounting: str,
        move_order: str,
        weights: str | None,
    ) -> None:
        """Load the followers' weights and prepare one game, in which the seeds take turns.

        Raises:
            InputError: the accounting is unknown, or there are no weights in the file.
        """
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
        self._accounting = check_accounting(accounting)
        super().__init__(
            seeds,
            followers=followers,
            play=partial(
                play_episode,
                self._rules,
                self._games,
                self._accounting,
                self._record,
            ),
            training_episodes=training_episodes,
            validation_episodes=validation_episodes,
        )
        settings = (training_episodes, episode_steps, accounting, move_order, weights)
        measured = settings == (20, 1000, "apples", "fixed", None)
        floor, ceiling = load_references(REFERENCE) if measured else (None, None)
        self.problem = Problem(
            action_space=spaces.Box(0.0, MAX_INCENTIVE, (3,), np.float64),
            observation_space=_observation_space(episode_steps, len(self._rules.sites)),
            steps=3000,
            fine_levels=21,
            coarse_levels=11,
            description=describe(accounting, training_episodes, validation_episodes),
            noise=ceiling.deviation if ceiling and validation_episodes == 1 else None,
            floor=floor,
            ceiling=ceiling,
            payoff_bounds=payoff_bounds(self._rules, accounting, episode_steps),
            has_gradient=True,
        )

    def _episode(self) -> Episode:
        record = self._record
        return Episode(
            payoff=float(record.payoff[0]),
            observation={
                "apples_regrown": record.apples_regrown,
                "cleaned": record.cleaned,
                "raw_rewards": record.raw_rewards,
            },
        )

    def _step_payoffs(self) -> Array:
        record = self._record
        return account_episode(self._accounting, np.zeros(3, dtype=np.float32), record.eaten, record.hits).payoffs

    def _reward_slopes(self) -> Array:
        return reward_slopes(self._accounting, self._record.eaten, self._record.hits)

    def _frames(self, actions: NDArray[np.uint8], stream: NDArray[np.uint64]) -> Iterator[Array]:
        eaten, hits = np.zeros_like(self._record.eaten[0]), np.zeros_like(self._record.hits[0])
        reset_game(self._rules, self._games, 0)
        for joint in actions:
            yield draw(self._rules, self._games, 0)
            step_game(self._rules, self._games, 0, joint, eaten, hits, stream)


def _observation_space(n_steps: int, n_sites: int) -> spaces.Dict:
    """What a principal sees; under the accounting ``paper`` growth as inferred can be slightly off either way."""
    return spaces.Dict(
        {
            "apples_regrown": spaces.Box(-N_FOLLOWERS, n_sites + N_FOLLOWERS, (n_steps,), np.float64),
            "cleaned": spaces.Box(0.0, N_FOLLOWERS, (n_steps,), np.float64),
            "raw_rewards": spaces.Box(-np.inf, np.inf, (N_FOLLOWERS,), np.float64),
        }
    )
