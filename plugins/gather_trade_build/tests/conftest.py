"""The real engine's episodes, and a game that replays them."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

PACKAGE = "policybench_gather_trade_build"
TRACES = Path(__file__).parent / "traces"
TRADE_COLUMNS = ["good", "seller", "buyer", "bid", "ask", "price", "bid_age", "ask_age"]
TAX_COLUMNS = ["income", "tax", "marginal_rate", "effective_rate", "transfer"]


class Replay:
    """Plays a trace's actions with its luck, and compares everything else with the trace.

    The game is that of a package, the real one or one with altered rules.
    """

    def __init__(self, trace, package=PACKAGE):
        modules = ["actions", "game", "map", "rules", "state", "step", "tax", "welfare"]
        for name in modules:
            setattr(self, f"{name}_module", importlib.import_module(f"{package}.{name}"))
        make_rules, make_games = self.rules_module.make_rules, self.game_module.make_games
        self.trace = trace
        self.config = json.loads(str(trace["config"]))
        self.rules = make_rules(
            regrowth=self.config["regen_prob"],
            period=self.config["period"],
            warm_up=self.config["energy_warmup_constant"],
            payment=self.config["payment"],
        )
        self.games = make_games(self.rules, 1)
        self.cap = self.config["rate_max"]
        self.rates = self.fixed_rates()
        self.state_module.write_state(self.rules, self.games, 0, self.start())
        self.days = 0

    @classmethod
    def of(cls, name, package=PACKAGE):
        with np.load(TRACES / f"gtb_{name}.npz") as file:
            return cls({key: file[key] for key in file.files}, package)

    @property
    def game(self):
        return self.games[0]

    @property
    def n_steps(self):
        return len(self.trace["actions"])

    def fixed_rates(self):
        """What is planned from the start: rates that never change, or none."""
        fixed = (
            self.rules_module.US_FEDERAL
            if self.config["tax_model"].startswith("us-federal")
            else self.config["fixed_rates"]
        )
        return np.minimum(fixed or np.zeros(7), self.cap)

    def start(self):
        trace = self.trace
        return {
            "position": trace["pos"][0],
            "stone": trace["stone"][0],
            "wood": trace["wood"][0],
            "house_owner": trace["house_owner"][0],
            "inventory": trace["inventory"][0],
            "orders": self.recorded_orders(0),
            "sales": trace["price_history"][0],
            "labour": trace["labor"][0],
            "payment": trace["build_payment"],
            "skill": trace["build_skill"],
            "bonus": trace["bonus_gather_prob"],
            "coin_before": trace["last_coin"][0],
            "rates": trace["rates"][0],
            "planned": self.rates,
            "day": int(trace["tax_cycle_pos"][0]),
            "step": 0,
        }

    def recorded_orders(self, s):
        first, last = self.trace["orders_start"][s : s + 2]
        return self.trace["orders"][first:last]

    def step(self, s):
        """Make step s; returns the names of what differs from the trace afterwards."""
        game, trace = self.game, self.trace
        game.order[:] = trace["gather_order"][s - 1]
        game.doubles[:] = trace["gather_bonus"][s - 1] == 1
        game.sprouts[:] = 0
        for _, good, row, column in trace["regen_hits"][trace["regen_hits"][:, 0] == s]:
            (source,) = np.flatnonzero(self.rules.source_cells == self.map_module.cells(row, column))
            assert self.rules.source_goods[source] == good
            game.sprouts[source] = 1
        self.plan(trace["planner_actions"][s - 1].astype(int))
        self.step_module.transition(self.rules, self.game, trace["actions"][s - 1])
        return self.differences(s)

    def plan(self, choice):
        """Take over the planner's choice, one of 21 rates or, if 0, the present one; it counts once a period."""
        if self.game.day == 1:
            self.rates = np.where(choice > 0, (choice - 1) * 0.05, self.rates)
            self.game.planned[:] = self.rates

    def shown(self):
        """All that a trace records of the state after a step."""
        game, tax, welfare = self.game, self.tax_module, self.welfare_module
        state = self.state_module.read_state(self.games, 0)
        masks = np.zeros((4, 50), np.uint8)
        for agent in range(4):
            self.actions_module.write_mask(self.rules, game, agent, masks[agent])
        gained = np.array([tax.income(game, agent) for agent in range(4)])
        return {
            "pos": state["position"],
            "stone": state["stone"],
            "wood": state["wood"],
            "house_owner": state["house_owner"],
            "inventory": state["inventory"],
            "escrow": state["escrow"],
            "labor": state["labour"],
            "last_coin": state["coin_before"],
            "income": gained,
            "marginal_rate": [tax.marginal_rate(game.rates, z) for z in gained],
            "rates": state["rates"],
            "tax_cycle_pos": state["day"],
            "price_history": state["sales"],
            "utility": game.utility,
            "reward": game.rewards,
            "welfare": [
                welfare.equality_times_productivity(game),
                welfare.inverse_income_weighted_coin(game),
                welfare.utilitarian(game),
                welfare.equality(game),
                welfare.total_coin(game),
            ],
            "energy_weight": welfare.energy_weight(self.rules, game),
            "mask": masks,
        }

    def differences(self, s):
        trace = self.trace
        wrong = set()
        for name, value in self.shown().items():
            loose = 1e-4 if name == "price_history" else 0.0
            if not np.allclose(value, trace[name][s], rtol=loose, atol=1e-5 if loose else 1e-9):
                wrong.add(name)
        if not np.array_equal(self.state_module.read_state(self.games, 0)["orders"], self.recorded_orders(s)):
            wrong.add("orders")
        if s > 0:
            done = np.array([[t[c] for c in TRADE_COLUMNS] for t in self.game.trades[: self.game.n_trades]])
            if not np.array_equal(done.reshape(-1, 8), trace["trades"][trace["trades"][:, 0] == s][:, 1:]):
                wrong.add("trades")
            gain = self.welfare_module.equality_times_productivity(self.game) - trace["welfare"][s - 1][0]
            if not np.isclose(gain, trace["planner_reward"][s], atol=1e-9):
                wrong.add("planner_reward")
        if s in trace["tax_steps"]:
            (day,) = np.flatnonzero(trace["tax_steps"] == s)
            ours = np.array([[note[c] for c in TAX_COLUMNS] for note in self.game.assessments])
            if self.game.n_collections != day + 1 or not np.allclose(ours, trace["tax_days"][day], atol=1e-9):
                wrong.add("tax_days")
        return wrong


@pytest.fixture(scope="session")
def replay():
    return Replay
