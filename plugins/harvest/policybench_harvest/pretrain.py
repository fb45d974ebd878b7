"""Pre-training of the followers that the distribution ships: ``python -m policybench_harvest.pretrain``.

Stage "sustain": one actor learns under the tax [.25, .25, .25], at which an apple is shared equally, to live
off the commons. Stage "respond": core and three actors, copies of that one, learn three responses at once: to
that tax, to the highest tax, where they learn to leave apples alone, and to none, where they learn to take all.
Features that serve all three let linear heads learn any response in a few episodes. The starting actor is a
mixture of the three actors, less certain of its actions than they are; the starting critic is random.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from policybench.followers import Play, Policy, PPOSettings, Recipe, Shape, Stage, Trajectory, pretrain_command
from policybench.gridworld import VIEW_SIZE
from policybench_harvest.environment import N_FOLLOWERS, WEIGHTS
from policybench_harvest.episode import make_record, play_episode
from policybench_harvest.game import N_ACTIONS, bare_views, make_games
from policybench_harvest.map import N_SYMBOLS
from policybench_harvest.rules import make_rules

SUSTAIN, ABSTAIN, TAKE_ALL = (0.25, 0.25, 0.25), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)

_SETTINGS = PPOSettings(
    learning_rate=5e-4, epochs=3, minibatch=512, entropy_coefficient=0.01, value_clip=float("inf")
)


def make_play(n_steps: int) -> tuple[Play, Callable[[], float]]:
    """A function that plays an episode under the policy's own action, and one that tells its payoff."""
    rules = make_rules()
    games, record = make_games(rules, 1), make_record(n_steps, N_FOLLOWERS)

    def play(
        policy: Policy,
        trajectory: Trajectory,
        game_stream: NDArray[np.uint64],
        action_stream: NDArray[np.uint64],
    ) -> None:
        play_episode(rules, games, record, policy, trajectory, game_stream, action_stream)

    return play, lambda: float(record.eaten.mean())


RECIPE = Recipe(
    shape=Shape(N_FOLLOWERS, N_ACTIONS, N_SYMBOLS, (VIEW_SIZE, VIEW_SIZE), action_dim=3),
    stages=(
        Stage("sustain", (SUSTAIN,), updates=40, games=8, settings=_SETTINGS, decay=200),
        Stage(
            "respond",
            (SUSTAIN, ABSTAIN, TAKE_ALL),
            updates=20,
            games=8,
            settings=_SETTINGS._replace(entropy_coefficient=0.02),
        ),
    ),
    mixture=(0.225, 0.225, 0.05),
    feature_scale=2.0,
    n_steps=1000,
    ground=bare_views(make_rules()),
    make_play=make_play,
)

main = pretrain_command(RECIPE, "policybench_harvest.pretrain", WEIGHTS, seed=3)

if __name__ == "__main__":
    main()
