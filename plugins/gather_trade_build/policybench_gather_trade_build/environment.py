"""Gather-Trade-Build as an environment: seven tax rates, four agents that learn under them, and their welfare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from policybench import Array, Description, Floats, Outcome, Problem, load_references
from policybench.gridworld import Episode, LearningEnvironment, mean_over, tell_learning
from policybench_gather_trade_build.bounds import MOST_HOUSES, MOST_LABOUR, MOST_TRADES, payoff_bounds
from policybench_gather_trade_build.brackets import DIMENSIONS
from policybench_gather_trade_build.core import load_followers
from policybench_gather_trade_build.drawing import Picture
from policybench_gather_trade_build.episode import make_record, play_episode
from policybench_gather_trade_build.game import make_games, reset_game, step_game
from policybench_gather_trade_build.paths import make_paths
from policybench_gather_trade_build.rules import (
    EPISODE_STEPS,
    MAX_PRICE,
    N_AGENTS,
    N_BRACKETS,
    TAX_PERIOD,
    make_rules,
)

WEIGHTS = Path(__file__).with_name("followers.safetensors")
REFERENCE = Path(__file__).with_name("reference.json")

TRAINING_EPISODES, VALIDATION_EPISODES = 5, 16

STORY = (
    "Four followers, the agents, live on a map of 25 x 25 cells with four rooms, parted by water with gaps. "
    "Wood grows in the two upper rooms, stone in the two left ones, on 20 fixed cells each; an empty one yields "
    "a new unit with probability 0.01 a step. An agent walks, gathers what lies where it stands (one unit, or "
    "two with a probability that is drawn for each agent and episode), buys and sells stone and wood on a "
    "market, whose prices are whole numbers from 0 to 10 and of which these agents bid and ask 3 or 7, and builds "
    "houses on free land, each of one stone and one wood. For a house it is paid in coin by its skill: 11.3, "
    "13.3, 16.5 or 22.2, one agent each; nothing else brings new coin. The most skilled starts in the room "
    "without goods. Work costs: a move to the next cell is 1 unit of labour, gathering 1, an order on the market "
    "0.25, building a house 10; resting where nothing lies is free. An agent's utility is "
    "(c^0.77 - 1) / 0.77 - 0.21 L, with c its coin and L its labour in the episode; each learns to raise its own. "
    "The principal sets the seven marginal "
    "rates of an income tax before the agents learn; they hold for the whole episode of {steps} time steps. The "
    "tax is collected every 100 time steps. Income is the coin that an agent has gained since the last "
    "collection: payments for houses and sales, less purchases. It is taxed bracket by bracket, and what all "
    "have paid is given back to the four in equal shares, which are no income. A loss is not taxed. Coin that "
    "lies in open bids counts as income but cannot be taken."
)
UNTAXED = " The last {rest} time steps are not taxed."
CONSEQUENCES = (
    "All coin comes from houses, and without a tax the most skilled agent builds most of them and ends with "
    "more than the others together, who live mostly on what it pays them for stone and wood. It earns some 200 "
    "coins in 100 time steps, as the second most skilled does in the first 100, in which it builds, too; after "
    "that the others earn 10 to 50 each, so that the brackets from 84 coins on tax the most skilled almost alone. "
    "Nobody reaches the last one. A tax makes coin more equal, but whoever keeps less of what it earns works "
    "less, and under a full tax hardly anybody builds and there is little to share."
)

_IN_ORDER = "agents in the order of their income in that period, the lowest first, so a place is not one agent"
OBSERVATION = {
    "incomes": f"what agents earned in each tax period of 100 time steps, before tax; {_IN_ORDER}",
    "taxes": f"what they paid in each period; {_IN_ORDER}",
    "transfers": "what each agent was given back in each period, the same for all",
    "labour": f"units of labour in each period; {_IN_ORDER}",
    "houses": "houses that were built in each period",
    "trades": "units of stone and of wood that changed hands in each period",
    "prices": "coin paid for a unit of stone and of wood in each period; 0 where none changed hands",
    "coin": "coin of the four agents at the end, the poorest first",
}

PAYOFFS = {
    "equality-productivity": (
        "equality times the mean coin of the four agents at the end of an episode, after they have learned; "
        "equality is 1 - 4/3 of the Gini index of coin: 1 if all have the same, 0 if one has all"
    ),
    "utilitarian": (
        "weighted mean of the four agents' utilities at the end of an episode, after they have learned; the "
        "weight of an agent is proportional to the inverse of its coin, of less than 1 as of 1"
    ),
}


def describe(welfare: str, training_episodes: int, validation_episodes: int, episode_steps: int) -> Description:
    """The task in words."""
    mean = mean_over(validation_episodes)
    rest = episode_steps % TAX_PERIOD
    story = STORY.format(steps=episode_steps) + (UNTAXED.format(rest=rest) if rest else "")
    return Description(
        story=f"{story} {tell_learning(training_episodes, validation_episodes)}",
        action=DIMENSIONS,
        payoff=PAYOFFS[welfare],
        observation={name: meaning + mean for name, meaning in OBSERVATION.items()},
        consequences=CONSEQUENCES,
    )


class GatherTradeBuild(LearningEnvironment):
    """Four agents of unequal skill gather, trade and build under an income tax, and learn by PPO to do so.

    **The game.** A map of 25 x 25 cells has four rooms, parted by water with gaps, and 20 sources of wood and 20
    of stone, each of which yields a unit with probability 0.01 a step while it is empty. In each of 1000 steps
    every agent does one thing: it rests, moves by a cell, asks or bids a price from 0 to 10 for one unit of a
    good, or builds a house of one stone and one wood, for which it is paid by its skill. What lies where it stands
    it gathers. All that it does costs labour; utility rises with coin, ever less, and falls with labour.

    **The action**, [7] in [0, 1], is a marginal tax rate for each bracket of the income of 100 steps: the coin
    that an agent gained in them, from houses and sales less purchases. All tax is given back in equal shares at
    once.

    **A principal step.** The agents restart from their initial weights, learn from ``training_episodes`` of the
    game under the tax, and play ``validation_episodes`` in which they do not learn. The payoff is their welfare at
    the end: equality times mean coin, or the mean of their utilities, weighted by the inverse of their coin, as in
    what the AI Economist papers call the utilitarian objective.

    ``policybench_gather_trade_build.step`` has the order of events within a step, and each of them has a module.
    """

    action_name = "rates"

    def __init__(
        self,
        seeds: Sequence[int],
        *,
        welfare: str,
        training_episodes: int,
        validation_episodes: int,
        episode_steps: int,
        weights: str | None,
    ) -> None:
        """Load the followers' weights and prepare one game, in which the seeds take turns.

        Raises:
            InputError: there are no weights in the file.
        """
        self._rules = make_rules()
        self._games = make_games(self._rules, 1)
        self._record = make_record(episode_steps)
        self._measure = list(PAYOFFS).index(welfare)
        core, followers = load_followers(WEIGHTS if weights is None else Path(weights), episode_steps)
        super().__init__(
            seeds,
            followers=followers,
            play=partial(play_episode, self._rules, self._games, make_paths(self._rules), self._record, core),
            training_episodes=training_episodes,
            validation_episodes=validation_episodes,
        )
        settings = (training_episodes, validation_episodes, episode_steps, weights)
        measured = settings == (TRAINING_EPISODES, VALIDATION_EPISODES, EPISODE_STEPS, None)
        measured = measured and welfare == "equality-productivity"
        floor, ceiling = load_references(REFERENCE) if measured else (None, None)
        self.problem = Problem(
            action_space=spaces.Box(0.0, 1.0, (N_BRACKETS,), np.float64),
            observation_space=_observation_space(len(self._record.income)),
            steps=1000,
            fine_levels=21,
            coarse_levels=3,
            description=describe(welfare, training_episodes, validation_episodes, episode_steps),
            floor=floor,
            ceiling=ceiling,
            payoff_bounds=payoff_bounds(welfare, episode_steps),
            noise=ceiling.deviation if ceiling else None,
        )

    def _episode(self) -> Episode:
        record = self._record
        order = np.argsort(record.income, axis=1, kind="stable")
        units = record.sold.sum(axis=2)
        return Episode(
            payoff=float(record.welfare[self._measure]),
            observation={
                "incomes": np.take_along_axis(record.income, order, axis=1),
                "taxes": np.take_along_axis(record.tax, order, axis=1),
                "transfers": record.transfer,
                "labour": np.take_along_axis(record.labour, order, axis=1),
                "houses": record.houses.sum(axis=1),
                "trades": units,
                "prices": record.turnover,  # divided by the units in _with_prices, once both are means
                "coin": np.sort(record.coin),
            },
        )

    def evaluate(self, step: int, actions: Floats, *, gradient: bool = False) -> list[Outcome]:
        """Outcomes of actions [n_seeds, 7]; raises ``InputError`` for one outside the action space."""
        return [_with_prices(outcome) for outcome in super().evaluate(step, actions, gradient=gradient)]

    def _frames(self, actions: NDArray[np.uint8], stream: NDArray[np.uint64]) -> Iterator[Array]:
        """The options that followers chose do not say where to go; the primitive actions that they became do."""
        moves, rates = self._record.actions.copy(), self._record.rates.copy()
        reset_game(self._rules, self._games, 0, rates, stream)
        picture = Picture(len(moves))
        for joint in moves:
            yield picture.draw(self._games, 0)
            step_game(self._rules, self._games, 0, joint, stream)
        yield picture.draw(self._games, 0)  # with the last tax, and the coin that the payoff is made of


def _with_prices(outcome: Outcome) -> Outcome:
    """The outcome with prices: coin paid by units sold over all validation episodes, with a sale or without."""
    paid, units = (outcome.observation[name] for name in ("prices", "trades"))
    prices = np.divide(paid, units, out=np.zeros_like(paid), where=units > 0)
    return replace(outcome, observation={**outcome.observation, "prices": np.minimum(prices, MAX_PRICE)})


def _observation_space(n_periods: int) -> spaces.Dict:
    def box(*shape: int, low: float = 0.0, high: float = np.inf) -> spaces.Box:
        return spaces.Box(low, high, shape, np.float64)

    return spaces.Dict(
        {
            "incomes": box(n_periods, N_AGENTS, low=-np.inf),
            "taxes": box(n_periods, N_AGENTS),
            "transfers": box(n_periods),
            "labour": box(n_periods, N_AGENTS, high=MOST_LABOUR),
            "houses": box(n_periods, high=MOST_HOUSES),
            "trades": box(n_periods, 2, high=MOST_TRADES),
            "prices": box(n_periods, 2, high=MAX_PRICE),
            "coin": box(N_AGENTS),
        }
    )
