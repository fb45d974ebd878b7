"""Clean Up with its incentives as a PettingZoo ``ParallelEnv``, for other people's learners and tools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policybench import InputError
from policybench.gridworld import VIEW_SIZE, GridWorldEnv
from policybench_cleanup.drawing import draw
from policybench_cleanup.game import N_ACTIONS, make_games, observe_game, reset_game, step_game
from policybench_cleanup.incentives import apples_regrown, check_accounting, check_incentives, incentive_step
from policybench_cleanup.map import CLEANUP_MAP, N_SYMBOLS
from policybench_cleanup.rules import MAX_GROWTH_RATE, make_rules
from policybench_cleanup.state import read_state, write_state


def parallel_env(
    *,
    incentives: Sequence[float] = (0.0, 0.0, 0.0),
    accounting: str = "apples",
    max_cycles: int = 1000,
    render_mode: str | None = None,
    layout: str = CLEANUP_MAP,
    max_growth_rate: float = MAX_GROWTH_RATE,
    move_order: str = "fixed",
) -> CleanUpEnv:
    """A game of Clean Up.

    Args:
        incentives: paid for eating, for cleaning and for neither, each from 0 to 3.
        accounting: ``"apples"`` or ``"paper"``: what counts as cleaning (``policybench_cleanup.incentives``).
        max_cycles: steps an episode.
        render_mode: None or ``"rgb_array"``.
        layout: the map (``policybench_cleanup.map``).
        max_growth_rate: the probability in each step that an apple grows on an empty site while the river is
            clean.
        move_order: ``"fixed"``: the last player acts first; ``"random"``: a new order every step.

    Raises:
        InputError: a value is not allowed.
    """
    if move_order not in ("fixed", "random"):
        raise InputError(f"move_order: {move_order!r}; allowed are 'fixed' and 'random'.")
    random = move_order == "random"
    return CleanUpEnv(incentives, accounting, max_cycles, render_mode, layout, max_growth_rate, random)


class CleanUpEnv(GridWorldEnv):
    """Players eat apples, which grow only while the river is clean, and may clean it; incentives are added.

    Actions: 0 noop, 1 forward, 2 backward, 3 step left, 4 step right, 5 turn left, 6 turn right, 7 zap, 8 clean.
    Observations: [11, 11] uint8, the symbols of ``policybench_cleanup.map``; the player is at row 9, column 5
    and faces up. Who is off the map after a zap sees nothing but ``OUTSIDE``. Rewards are what is left of apples
    and cleaning by the accounting, plus the incentive. Infos have ``raw_reward``, the reward without it;
    ``eaten``, how often the game paid the player for an apple; ``cleaned``, how much dirt its shot has hit; and,
    the same for all players, ``apples``, those left on the map, ``regrown``, those that grew in this step as the
    accounting counts them, and ``n_cleaned``, the players that cleaned as it counts them.
    """

    def __init__(
        self,
        incentives: Sequence[float],
        accounting: str,
        max_cycles: int,
        render_mode: str | None,
        layout: str,
        max_growth_rate: float,
        random_move_order: bool,
    ) -> None:
        """Prepare one game; arguments as for ``parallel_env``."""
        self.rules = make_rules(layout, max_growth_rate, random_move_order)
        n_players = len(self.rules.spawns)
        super().__init__(
            name="cleanup_v0",
            n_players=n_players,
            n_actions=N_ACTIONS,
            n_symbols=N_SYMBOLS,
            max_cycles=max_cycles,
            render_mode=render_mode,
        )
        self.games = make_games(self.rules, 1)
        self._incentives = check_incentives(incentives)
        self._accounting = check_accounting(accounting)
        self._eaten = np.zeros(n_players, dtype=np.float32)
        self._cleaned = np.zeros(n_players, dtype=np.int8)
        self._raw = np.zeros(n_players, dtype=np.float32)
        self._rewards = np.zeros(n_players, dtype=np.float32)
        self._seen = np.zeros((n_players, VIEW_SIZE, VIEW_SIZE), dtype=np.uint8)

    def set_policy(self, action: NDArray[np.floating[Any]] | Sequence[float]) -> None:
        """Set the three incentives.

        Raises:
            InputError: there are not three, or one is not from 0 to 3.
        """
        self._incentives = check_incentives(action)

    def get_state(self) -> dict[str, Any]:
        """The state of the game (``policybench_cleanup.state.read_state``)."""
        return read_state(self.rules, self.games, 0)

    def set_state(self, state: dict[str, Any]) -> None:
        """Put the game into a state as ``get_state`` gives it; see ``policybench_cleanup.state.write_state``.

        Raises:
            InputError: the state is incomplete or impossible.
        """
        write_state(self.rules, self.games, 0, state)
        self._n_steps = int(self.games[0].step)

    def _reset_game(self) -> None:
        reset_game(self.rules, self.games, 0)

    def _step_game(self, actions: NDArray[np.uint8]) -> tuple[NDArray[np.float32], list[dict[str, Any]]]:
        game = self.games[0]
        before = int(game.live.sum())
        step_game(self.rules, self.games, 0, actions, self._eaten, self._cleaned, self._stream)
        account = incentive_step(
            self._accounting, self._incentives, self._eaten, self._cleaned, self._raw, self._rewards
        )
        apples = int(game.live.sum())
        common = {
            "apples": apples,
            "regrown": apples_regrown(self._accounting, int(game.regrown), before, apples, self._eaten),
            "n_cleaned": account.n_cleaned,
        }
        return self._rewards, [
            {"raw_reward": float(raw), "eaten": int(eaten), "cleaned": int(cleaned), **common}
            for raw, eaten, cleaned in zip(self._raw, self._eaten, self._cleaned, strict=True)
        ]

    def _views(self) -> NDArray[np.uint8]:
        observe_game(self.rules, self.games, 0, self._seen)
        return self._seen

    def _draw(self) -> NDArray[np.uint8]:
        return draw(self.rules, self.games, 0)
