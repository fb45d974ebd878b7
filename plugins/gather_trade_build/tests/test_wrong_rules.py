"""Every rule shows in the engine's episodes: if one is altered in the source, some episode is not reproduced."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numba
import pytest

import policybench_gather_trade_build

SOURCE = Path(policybench_gather_trade_build.__file__).parent
MODULES = ["actions", "building", "game", "gathering", "map", "market", "rules", "state", "step", "tax", "welfare"]

ALTERED = {
    # the market
    "of equal age the bid makes the price": ("trade", "market", "if bid_age <= ask_age", "if bid_age < ask_age"),
    "the younger order makes the price": ("trade", "market", "if bid_age <= ask_age", "if bid_age > ask_age"),
    "orders last for 50 steps": ("trade", "rules", "ORDER_DURATION = 50", "ORDER_DURATION = 49"),
    "six open orders": ("trade", "rules", "MAX_OPEN_ORDERS = 5", "MAX_OPEN_ORDERS = 6"),
    "four open orders": ("trade", "actions", "< MAX_OPEN_ORDERS", "< MAX_OPEN_ORDERS - 1"),
    "the younger order first": ("trade", "market", "return age > other_age", "return age < other_age"),
    "the last ask first": ("trade", "market", "else price < other_price", "else price > other_price"),
    "agents trade with themselves": ("trade", "market", "i, AGENT] == buyer", "i, AGENT] == -1"),
    "one hopeless buyer ends the market": ("trade", "market", "game.hopeless[buyer] = 1", "return"),
    "a better bid is not paid back": (
        "trade",
        "market",
        "game.inventory[buyer, COIN] += bid_price - price",
        "pass",
    ),
    "sales are counted at the bid": (
        "random_0",
        "market",
        "game.sales[good, price] +",
        "game.sales[good, bid_price] +",
    ),
    "sales are forgotten sooner": ("random_0", "rules", "PRICE_MEMORY = 0.995", "PRICE_MEMORY = 0.99"),
    "a refused bid is work": ("trade", "actions", "and price <= game.inventory[agent, COIN]", "and price <= 99"),
    # moving and gathering
    "only those who move gather": (
        "regrowth",
        "gathering",
        "    _gather(game, agent)\n",
        "        _gather(game, agent)\n",
    ),
    "two units are twice the work": ("random_0", "gathering", "+= GATHER_LABOUR", "+= 1 + game.doubles[agent]"),
    "agents move by index": ("gather_build", "gathering", "agent = game.order[turn]", "agent = turn"),
    "one's own house blocks": ("blocked", "actions", "(owner < 0 or owner == agent)", "owner < 0"),
    "houses of others do not block": ("blocked", "actions", "(owner < 0 or owner == agent)", "True"),
    "agents do not block": ("blocked", "actions", "game.agent_at[cell] < 0", "True"),
    "sources grow before agents gather": (
        "regrowth",
        "step",
        "    move_and_gather(rules, game, actions)\n",
        "    grow_back(rules, game)\n    move_and_gather(rules, game, actions)\n    game.sprouts[:] = 0\n",
    ),
    # building
    "houses on sources": ("regrowth", "actions", "rules.ground[cell] == LAND", "rules.ground[cell] != WATER"),
    "houses on houses": ("blocked", "actions", "and game.owner[cell] < 0", ""),
    "all are paid alike": ("gather_build", "building", "game.payment[agent]", "10.0"),
    "building is easy": ("gather_build", "rules", "0.25, 10.0", "0.25, 1.0"),
    # the tax
    "coin in bids can be taken": (
        "random_1",
        "tax",
        "min(tax_due(game.rates, gained), game.inventory[agent, COIN])",
        "tax_due(game.rates, gained)",
    ),
    "coin in bids is no income": (
        "random_0",
        "tax",
        "endowment(game, agent) - game",
        "game.inventory[agent, COIN] - game",
    ),
    "the tax is lost": ("gather_build", "tax", "game.inventory[agent, COIN] += total / N_AGENTS", "pass"),
    "the transfer is next period's income": (
        "random_0",
        "tax",
        "game.coin_before[agent] = endowment(game, agent)",
        "game.coin_before[agent] = endowment(game, agent) - total / N_AGENTS",
    ),
    "one rate for all income": (
        "tax_vectors",
        "tax",
        "    return due\n",
        "    return marginal_rate(rates, income) * max(income, 0.0)\n",
    ),
    "the tax comes first": (
        "random_0",
        "step",
        "    build(rules, game, actions)\n",
        "    tax(rules, game)\n    build(rules, game, actions)\n",
    ),
    "losses have a marginal rate": ("tax_vectors", "tax", "    rate = 0.0\n", "    rate = rates[0]\n"),
    # welfare
    "labour costs what it does at once": ("us_federal", "welfare", "if rules.warm_up == 0:", "if True:"),
    "equality ignores how few agents are": ("random_0", "welfare", "* N_AGENTS / (N_AGENTS - 1)", ""),
    "productivity is a sum": ("random_0", "welfare", "total_coin(game) / N_AGENTS", "total_coin(game)"),
    "coin is worth what it is": ("random_0", "rules", "AVERSION = 0.23", "AVERSION = 0.0"),
    "labour is cheap": ("random_0", "rules", "LABOUR_COST = 0.21", "LABOUR_COST = 0.2"),
}


@pytest.fixture
def altered(tmp_path, monkeypatch):
    """A function that writes the package anew with one passage replaced, not compiled, and names it."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)
    name = f"altered_{abs(hash(tmp_path))}"

    def write(module, passage, replacement):
        (tmp_path / name).mkdir()
        for each in MODULES:
            text = (SOURCE / f"{each}.py").read_text()
            if each == module:
                assert text.count(passage) == 1, f"{passage!r} is not in {each}.py once"
                text = text.replace(passage, replacement)
            text = text.replace("policybench_gather_trade_build", name)
            (tmp_path / name / f"{each}.py").write_text(text)
        (tmp_path / name / "__init__.py").touch()
        importlib.invalidate_caches()
        return name

    yield write
    for loaded in [each for each in sys.modules if each.partition(".")[0] == name]:
        del sys.modules[loaded]


def is_caught(played):
    return any(played.step(s) for s in range(1, played.n_steps + 1))


@pytest.mark.parametrize("rule", ALTERED)
def test_an_altered_rule_is_caught(replay, altered, rule):
    trace, *change = ALTERED[rule]
    assert is_caught(replay.of(trace, altered(*change)))


def test_the_same_rules_not_compiled_are_not(replay, altered):
    """What catches the others is not that they are not compiled."""
    assert not is_caught(
        replay.of("trade", altered("market", "BIDS, ASKS = 0, 1", "BIDS, ASKS = 0, 1  # as it is"))
    )


def test_a_planner_that_acts_every_day_is_caught(replay):
    played = replay.of("tax_vectors")

    def plan(choice):
        played.rates = [(c - 1) * 0.05 if c > 0 else rate for c, rate in zip(choice, played.rates, strict=True)]
        played.game.rates[:] = played.game.planned[:] = played.rates

    played.plan = plan
    assert is_caught(played)


def test_rates_without_their_cap_are_caught(replay):
    played = replay.of("us_federal")
    played.rates = played.rules_module.US_FEDERAL
    assert is_caught(played)
