"""Commons Harvest with its tax as a PettingZoo ``ParallelEnv``, for other people's learners and tools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policybench import InputError
from policybench.gridworld import VIEW_SIZE, GridWorldEnv
from policybench_harvest.drawing import draw
from policybench_harvest.game import N_ACTIONS, apples_left, make_games, observe_game, reset_game, step_game
from policybench_harvest.map import HARVEST_MAP, N_SYMBOLS
from policybench_harvest.rules import REGROWTH_PROBABILITIES, make_rules
from policybench_harvest.state import read_state, write_state
from policybench_harvest.tax import MEMORY, check_rates, tax_step


def parallel_env(
    *,
    rates: Sequence[float] = (0.0, 0.0, 0.0),
    max_cycles: int = 1000,
    render_mode: str | None = None,
    layout: str = HARVEST_MAP,
    regrowth_probabilities: Sequence[float] = REGROWTH_PROBABILITIES,
    move_order: str = "fixed",
) -> HarvestEnv:
    """A game of Commons Harvest.

    Args:
        rates: the tax on apples by income bracket (``policybench_harvest.tax``), each from 0 to 1.
        max_cycles: steps an episode.
        render_mode: None or ``"rgb_array"``.
        layout: the map (``policybench_harvest.map``).
        regrowth_probabilities: by number of live neighbours; the last one holds for all greater numbers.
        move_order: ``"fixed"``: the last player acts first; ``"random"``: a new order every step.

    Raises:
        InputError: a value is not allowed.
    """
    if move_order not in ("fixed", "random"):
        raise InputError(f"move_order: {move_order!r}; allowed are 'fixed' and 'random'.")
    return HarvestEnv(rates, max_cycles, render_mode, layout, regrowth_probabilities, move_order == "random")


class HarvestEnv(GridWorldEnv):
    """Players walk, turn and eat apples, which grow back only near other apples; apples are taxed.

    Actions: 0 noop, 1 forward, 2 backward, 3 step left, 4 step right, 5 turn left, 6 turn right.
    Observations: [11, 11] uint8, the symbols of ``policybench_harvest.map``; the player is at row 9,
    column 5 and faces up. Rewards are apples after tax; infos have ``raw_reward``, before it, and ``apples``,
    those left on the map.
    """

    def __init__(
        self,
        rates: Sequence[float],
        max_cycles: int,
        render_mode: str | None,
        layout: str,
        regrowth_probabilities: Sequence[float],
        random_move_order: bool,
    ) -> None:
        """Prepare one game; arguments as for ``parallel_env``."""
        self.rules = make_rules(layout, regrowth_probabilities, random_move_order)
        n_players = len(self.rules.spawns)
        super().__init__(
            name="harvest_v0",
            n_players=n_players,
            n_actions=N_ACTIONS,
            n_symbols=N_SYMBOLS,
            max_cycles=max_cycles,
            render_mode=render_mode,
        )
        self.games = make_games(self.rules, 1)
        self._rates = check_rates(rates)
        self._history = np.zeros((n_players, MEMORY), dtype=np.float32)
        self._raw = np.zeros(n_players, dtype=np.float32)
        self._taxed = np.zeros(n_players, dtype=np.float32)
        self._seen = np.zeros((n_players, VIEW_SIZE, VIEW_SIZE), dtype=np.uint8)

    def set_policy(self, action: NDArray[np.floating[Any]] | Sequence[float]) -> None:
        """Set the three tax rates.

        Raises:
            InputError: there are not three, or one is not from 0 to 1.
        """
        self._rates = check_rates(action)

    def get_state(self) -> dict[str, Any]:
        """The state of the game (``policybench_harvest.state.read_state``) and of the episode.

        To the keys of the game come ``step``, the number of steps made, and ``income``, [n_players, 10]
        float32, what the players ate in the latest steps (the slot of a step is its number modulo 10).
        """
        state: dict[str, Any] = dict(read_state(self.rules, self.games, 0))
        return state | {"step": self._n_steps, "income": self._history.copy()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Put the game into a state as ``get_state`` gives it; see ``policybench_harvest.state.write_state``.

        Without ``step`` or ``income`` those stay as they are.

        Raises:
            InputError: the state is incomplete or impossible.
        """
        if self._seed is None:
            self.reset()
        write_state(self.rules, self.games, 0, state)
        self._go_on_from(int(state.get("step", self._n_steps)))
        if "income" in state:
            self._history[:] = state["income"]

    def _reset_game(self) -> None:
        reset_game(self.rules, self.games, 0)
        self._history[:] = 0

    def _step_game(self, actions: NDArray[np.uint8]) -> tuple[NDArray[np.float32], list[dict[str, Any]]]:
        step_game(self.rules, self.games, 0, actions, self._raw, self._stream)
        tax_step(self._rates, self._raw, self._history, self._n_steps, self._taxed)
        apples = apples_left(self.games, 0)
        return self._taxed, [{"raw_reward": float(raw), "apples": apples} for raw in self._raw]

    def _views(self) -> NDArray[np.uint8]:
        observe_game(self.rules, self.games, 0, self._seen)
        return self._seen

    def _draw(self) -> NDArray[np.uint8]:
        return draw(self.rules, self.games, 0)
