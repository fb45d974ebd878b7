"""Limits to what a run may spend."""

from __future__ import annotations

import pytest
from faulty_server import GOOD

from policybench import InputError, StopRunError
from policybench.analysis.summary import summarise


def test_max_calls_stops_a_run_and_a_higher_limit_continues_it(run, openai_server, read):
    openai_server.play(GOOD)
    whole = run(*openai_server.arguments, seeds=2, steps=4, out="whole")
    asked = len(openai_server.requests)
    for limit in (1, 4, 7):
        with pytest.raises(StopRunError, match=f"-p max_calls={limit} is reached"):
            run(*openai_server.arguments, f"max_calls={limit}", seeds=2, steps=4)
        assert len(openai_server.requests) - asked == limit
    folder = run(*openai_server.arguments, "max_calls=8", seeds=2, steps=4)
    assert len(openai_server.requests) - asked == 8
    assert read.steps(folder) == read.steps(whole)


def test_max_cost_is_never_exceeded(run, openai_server, read, tmp_path):
    openai_server.play(openai_server.answer(GOOD, tokens=(500, 100)))
    limit = 0.003
    with pytest.raises(StopRunError, match=r"-p max_cost=0\.003 is reached: \d+ calls cost 0\.00"):
        run(*openai_server.arguments, f"max_cost={limit}", seeds=2, steps=200, env=["noise=1"])
    calls = read.transcript(read.only_run(tmp_path))
    spent = sum(call["usd"] for call in calls)
    assert limit / 2 < spent <= limit


def test_a_price_that_is_not_known_is_said_before_anything_is_spent(run, openai_server, tmp_path):
    options = [option for option in openai_server.arguments if not option.startswith(("model=", "prices="))]
    with pytest.raises(InputError, match=r"the price of gpt-4o-mini at http://.* is not known"):
        run(*options, "model=gpt-4o-mini", "max_cost=1")
    options.append("model=house-model")
    with pytest.raises(InputError, match=r"the price of house-model at http://.* is not known"):
        run(*options, "max_cost=1")
    prices = tmp_path / "prices.toml"
    prices.write_text('date = 2026-01-01\n[models]\n"house-model" = { input = 1000, output = 0 }\n')
    openai_server.play(openai_server.answer(GOOD, model="house-model-2026-01-01"))
    folder = run(*options, "max_cost=5", f"prices={prices}", seeds=1, steps=2)
    assert summarise(folder).costs["usd"] == pytest.approx(0.2)
    prices.write_text("[models]\nx = 3\n")
    with pytest.raises(InputError, match="-p prices="):
        run(*options, f"prices={prices}")
