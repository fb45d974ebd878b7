"""Pre-training of the followers that the distribution ships: ``python -m policybench_cleanup.pretrain``.

One stage: everything learns under incentives that make both eating and cleaning pay, long enough that some clean
and some eat, and not so long that they specialise. The starting actor is the one learned, made less certain of its
actions, so that other incentives can soon teach it otherwise; the starting critic is random.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from policybench.followers import Play, Policy, PPOSettings, Recipe, Shape, Stage, Trajectory, pretrain_command
from policybench.gridworld import VIEW_SIZE
from policybench_cleanup.environment import N_FOLLOWERS, WEIGHTS
from policybench_cleanup.episode import make_record, play_episode
from policybench_cleanup.game import N_ACTIONS, bare_views, make_games
from policybench_cleanup.incentives import APPLES
from policybench_cleanup.map import N_SYMBOLS
from policybench_cleanup.rules import make_rules


def make_play(n_steps: int) -> tuple[Play, Callable[[], float]]:
    """A function that plays an episode under the policy's own action, and one that tells apples a follower."""
    rules = make_rules()
    games, record = make_games(rules, 1), make_record(n_steps, N_FOLLOWERS)

    def play(
        policy: Policy,
        trajectory: Trajectory,
        game_stream: NDArray[np.uint64],
        action_stream: NDArray[np.uint64],
    ) -> None:
        play_episode(rules, games, APPLES, record, policy, trajectory, game_stream, action_stream)

    return play, lambda: float(record.payoff[0])


RECIPE = Recipe(
    shape=Shape(N_FOLLOWERS, N_ACTIONS, N_SYMBOLS, (VIEW_SIZE, VIEW_SIZE), action_dim=3),
    stages=(
        Stage(
            "A",
            ((1.0, 1.6, 0.0),),
            updates=40,
            games=8,
            settings=PPOSettings(
                learning_rate=5e-4, epochs=3, minibatch=512, entropy_coefficient=0.01, value_clip=float("inf")
            ),
            decay=200,
        ),
    ),
    mixture=(0.4,),
    feature_scale=1.0,
    n_steps=1000,
    ground=bare_views(make_rules()),
    make_play=make_play,
)

main = pretrain_command(RECIPE, "policybench_cleanup.pretrain", WEIGHTS, seed=2)

if __name__ == "__main__":
    main()
