"""One step of Gather-Trade-Build: its luck, then what becomes of it.

In every step

1. houses are built (``building``);
2. goods are traded (``market``);
3. agents move and gather, one after another in a random order (``gathering``);
4. once a period, income is taxed and the tax given back (``tax``);
5. stone and wood grow back on their sources;
6. agents are rewarded by the change of their utility (``welfare``).

So a unit gathered or bought in a step can be built with in the next one at the earliest. An action that is not
open (``actions``) is as good as none: it changes nothing and costs nothing.

The luck of a step, the order of the agents, who would gather two units and where a source yields, is drawn first;
given that, a step is deterministic.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled, fill_uniform
from policybench.gridworld import shuffle
from policybench_gather_trade_build.actions import Game
from policybench_gather_trade_build.building import build
from policybench_gather_trade_build.gathering import grow_back, move_and_gather
from policybench_gather_trade_build.market import trade
from policybench_gather_trade_build.rules import N_AGENTS, Rules
from policybench_gather_trade_build.tax import tax
from policybench_gather_trade_build.welfare import reward


@compiled
def draw_events(rules: Rules, game: Game, stream: NDArray[np.uint64]) -> None:
    """Draw the luck of a game's coming step.

    The same numbers are drawn in every step, needed or not, so that a game's luck does not depend on how it is
    played.
    """
    for agent in range(N_AGENTS):
        game.order[agent] = agent
    shuffle(game.order, stream)
    fill_uniform(stream, game.luck)
    for agent in range(N_AGENTS):
        game.doubles[agent] = game.luck[agent] < game.bonus[agent]
    for i in range(len(game.sprouts)):
        game.sprouts[i] = game.luck[N_AGENTS + i] < rules.regrowth


@compiled
def transition(rules: Rules, game: Game, actions: NDArray[np.uint8]) -> None:
    """Make one step of a game, given its luck (``order``, ``doubles`` and ``sprouts``).

    Args:
        rules: of the batch.
        game: one of a batch; changed.
        actions: [4] 0..49.
    """
    build(rules, game, actions)
    trade(game, actions)
    move_and_gather(rules, game, actions)
    tax(rules, game)
    grow_back(rules, game)
    reward(rules, game)
    game.step += 1
