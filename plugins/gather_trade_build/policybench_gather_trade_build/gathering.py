"""Stage 3 of a step: agents move, one after another in a random order, and gather what lies where they are.

Who stands on a unit gathers it, whatever its action was, moved or not. Now and then it gets two, with a
probability that is drawn for each agent and episode and has nothing to do with what it is paid for a house. Moving
and gathering are a unit of labour each, also for two units; a move that is blocked is none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench_gather_trade_build.actions import FIRST_MOVE, STEPS, Game, may_enter
from policybench_gather_trade_build.rules import GATHER_LABOUR, MOVE_LABOUR, N_AGENTS, Rules


@compiled
def move_and_gather(rules: Rules, game: Game, actions: NDArray[np.uint8]) -> None:
    """Move and gather, given the luck of the step: ``order`` and ``doubles``."""
    for turn in range(N_AGENTS):
        agent = game.order[turn]
        if actions[agent] >= FIRST_MOVE:
            _move(rules, game, agent, game.cell[agent] + STEPS[actions[agent] - FIRST_MOVE])
        _gather(game, agent)


@compiled
def _move(rules: Rules, game: Game, agent: int, target: int) -> None:
    if may_enter(rules, game, agent, target):
        game.agent_at[game.cell[agent]] = -1
        game.agent_at[target] = agent
        game.cell[agent] = target
        game.labour[agent] += MOVE_LABOUR


@compiled
def _gather(game: Game, agent: int) -> None:
    unit = game.unit[game.cell[agent]]
    if unit > 0:
        game.inventory[agent, unit] += 2 if game.doubles[agent] else 1
        game.unit[game.cell[agent]] = 0
        game.labour[agent] += GATHER_LABOUR


@compiled
def grow_back(rules: Rules, game: Game) -> None:
    """Stage 5: sources yield a unit where the luck of the step says so; one is the most they hold."""
    for i in range(len(rules.source_cells)):
        if game.sprouts[i]:
            game.unit[rules.source_cells[i]] = 1 + rules.source_goods[i]
