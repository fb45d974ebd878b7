"""Estimates of what a run costs, against what the same run is then charged."""

from __future__ import annotations

import pytest

from policybench import plugins
from policybench.options import parse_options
from policybench_llm.cost import estimate
from policybench_llm.prices import Price


def make(parabola, *options, **numbers):
    declared = plugins.registry().principal("llm").spec.options
    values = parse_options("principal llm", "-p", options, declared)
    return estimate(parabola([0]), values, **{"seeds": 2, "steps": 10, "thinking": 0, **numbers})


def test_an_estimate_is_of_the_prompts_that_a_run_sends(parabola, run, openai_server):
    openai_server.play('{"x1": 0.25, "x2": 0.5}')
    run(*openai_server.arguments, "stop_after=0", seeds=2, steps=10)
    sent = sum(len(m["content"]) for request in openai_server.requests for m in request["messages"])
    expected = make(parabola)
    assert expected.calls == len(openai_server.requests)
    assert sent / 3.8 < expected.input_tokens < sent / 1.5
    assert expected.output_tokens == 20 * 2 * 14


def test_thinking_and_seeds_and_steps_count(parabola):
    assert make(parabola, thinking=1000).output_tokens == make(parabola).output_tokens + 20 * 1000
    assert make(parabola, seeds=4).input_tokens == pytest.approx(2 * make(parabola).input_tokens, abs=2)
    assert make(parabola, steps=20).input_tokens > 2 * make(parabola).input_tokens
    assert make(parabola, "history=false").input_tokens < make(parabola).input_tokens


def test_a_cache_serves_what_a_prompt_has_in_common_with_the_one_before(parabola):
    price = Price(10.0, 0.0, 1.0, 12.5)
    short, long = make(parabola, steps=2), make(parabola, steps=100)
    assert short.cached_tokens == 0  # too little for a provider to keep
    assert short.dollars(price, cache=False) < short.dollars(price, cache=True)
    assert 0.8 < long.cached_tokens / long.input_tokens < 1
    assert long.dollars(price, cache=True) < 0.4 * long.dollars(price, cache=False)


def test_the_command(main):
    status, out, _ = main(
        *("llm-cost", "--env", "parabola", "--model", "gpt-4o-mini", "--model", "claude-sonnet-4-5", "--steps", 20)
    )
    assert status == 0
    assert "200 calls with" in out
    assert max(map(len, out.splitlines())) <= 80
    assert [line.split()[0] for line in out.splitlines() if line.startswith(("gpt", "claude"))] == [
        "gpt-4o-mini",
        "claude-sonnet-4-5",
    ]
    status, _, err = main("llm-cost", "--env", "parabola", "--model", "house-model")
    assert (status, err.count("\n")) == (2, 1)
    assert "its price is not known" in err
