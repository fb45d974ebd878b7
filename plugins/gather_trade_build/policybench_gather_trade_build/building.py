"""Stage 1 of a step: houses are built.

Who chose to build and may: a unit of each good goes, a house of this owner stands on the agent's cell for ever,
and the agent is paid by its skill. It is hard work.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench_gather_trade_build.actions import BUILD, Game, may_build
from policybench_gather_trade_build.rules import BUILD_LABOUR, COIN, N_AGENTS, Rules


@compiled
def build(rules: Rules, game: Game, actions: NDArray[np.uint8]) -> None:
    """Build; the order of the agents cannot matter, since no two stand on one cell."""
    for agent in range(N_AGENTS):
        if actions[agent] == BUILD and may_build(rules, game, agent):
            game.inventory[agent, 1] -= 1
            game.inventory[agent, 2] -= 1
            game.owner[game.cell[agent]] = agent
            game.inventory[agent, COIN] += game.payment[agent]
            game.labour[agent] += BUILD_LABOUR
            game.n_houses[agent] += 1
