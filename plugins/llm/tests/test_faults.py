"""Servers that are not well, through both SDKs' protocols: errors, silence, resets, prompts too long for them."""

from __future__ import annotations

import pytest
from faulty_server import GOOD, ask
from werkzeug import Response

from policybench import StopRunError


def text_of(message):
    """The content of a message, which may be in blocks."""
    content = message["content"]
    return content if isinstance(content, str) else "".join(block["text"] for block in content)


def test_a_plain_answer(make_llm, server):
    server.play(GOOD)
    action, notes = ask(make_llm, server)
    assert action == [0.25, 0.5]
    assert notes["model"] == "gpt-4o-mini-2024-07-18"
    cost = notes["cost"]
    assert (cost["calls"], cost["input_tokens"], cost["output_tokens"]) == (1, 100, 10)
    assert cost["usd"] == pytest.approx((100 * 0.15 + 10 * 0.6) / 1e6)
    [request] = server.requests
    assert "A gardener waters two plants." in request["messages"][-1]["content"]
    assert request["temperature"] == 0.01


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 529])
def test_what_passes_is_repeated_by_the_sdk(make_llm, server, status):
    server.play(server.error(status, "busy"), GOOD)
    action, notes = ask(make_llm, server)
    assert action == [0.25, 0.5]
    assert len(server.requests) == 2
    assert notes["cost"]["calls"] == 1


def test_retry_after_is_obeyed(make_llm, server):
    server.play(server.error(429, "slow down", headers={"retry-after-ms": "700"}), GOOD)
    principal = make_llm(**server.options)
    principal.ask(None)
    [call] = principal._session.transcript.of(0, 0)
    assert call.seconds >= 0.7
    assert call.retries == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after-ms": "", "retry-after": "3600"},
        {"retry-after-ms": "", "retry-after": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"retry-after-ms": "3600000"},
    ],
)
def test_a_wait_of_an_hour_stops_the_run_instead(make_llm, server, headers):
    server.play(server.error(429, "come back later", headers=headers))
    with pytest.raises(StopRunError, match=r"HTTP 429: .*come back later"):
        ask(make_llm, server)
    assert len(server.requests) == 1


def test_a_reset_connection_is_made_anew(make_llm, server):
    server.play(server.reset, GOOD)
    assert ask(make_llm, server)[0] == [0.25, 0.5]


def test_a_connection_that_is_reset_again_and_again_stops_the_run(make_llm, server):
    server.play(server.reset)
    with pytest.raises(StopRunError, match="no connection"):
        ask(make_llm, server)


def test_a_slow_answer_is_waited_for_and_a_silent_server_is_asked_again(make_llm, server):
    server.play(server.late(0.3, GOOD))
    assert ask(make_llm, server, timeout=5.0)[0] == [0.25, 0.5]
    server.play(server.late(1.0, GOOD), GOOD)
    assert ask(make_llm, server, timeout=0.25)[0] == [0.25, 0.5]
    server.play(server.late(1.0, GOOD))
    with pytest.raises(StopRunError, match=r"no answer within 0\.25 seconds"):
        ask(make_llm, server, timeout=0.25, retries=0)


@pytest.mark.parametrize(("status", "message"), [(401, "bad key"), (403, "not allowed"), (404, "no such model")])
def test_what_does_not_pass_stops_the_run_at_once(make_llm, server, status, message):
    server.play(server.error(status, message))
    with pytest.raises(StopRunError, match=f"model gpt-4o-mini: HTTP {status}: .*{message}"):
        ask(make_llm, server)
    assert len(server.requests) == 1


def test_an_empty_account_stops_the_run(make_llm, server):
    server.play(server.error(429, "You exceeded your current quota", code="insufficient_quota"))
    with pytest.raises(StopRunError, match="exceeded your current quota"):
        ask(make_llm, server)


@pytest.mark.parametrize("body", ["<html>Bad gateway</html>", "", '{"object": "strange"}', "[1, 2]"])
def test_a_page_instead_of_an_answer_stops_the_run(make_llm, server, body):
    for content_type in ("text/html", "application/json"):
        server.play(lambda _, kind=content_type: Response(body, 200, content_type=kind))
        with pytest.raises(StopRunError, match=r"the response is no|no connection|model gpt-4o-mini"):
            ask(make_llm, server)


OVERFLOWS = {
    "openai": [
        "This model's maximum context length is 128000 tokens.",
        "request (6031 tokens) exceeds the available context size (4096 tokens), try increasing it",
    ],
    "anthropic": ["prompt is too long: 210000 tokens > 200000 maximum"],
}


def test_the_oldest_demonstrations_are_dropped_when_the_prompt_is_too_long(make_llm, server, parabola):
    principal, environment = make_llm(**server.options, stop_after=0), parabola([0])
    server.play(GOOD)
    for step in range(20):
        action = principal.ask(None)
        principal.tell(action, environment.evaluate(step, action[None])[0])
    server.play(*[server.error(400, message) for message in OVERFLOWS[server.sdk]], GOOD)
    before = len(server.requests)
    principal.ask(None)
    *_, last = server.requests
    dropped = principal.notes()["dropped"]
    overflows = len(OVERFLOWS[server.sdk])
    assert len(server.requests) == before + overflows + 1
    assert dropped == {1: 3, 2: 6}[overflows]
    text = text_of(last["messages"][-1])
    assert f"\nStep {dropped}:" not in text
    assert f"\nStep {dropped + 1}:" in text
    assert "\nStep 20:" in text
    calls = principal._session.transcript.of(0, 20)
    assert [call.status for call in calls] == ["overflow"] * overflows + ["answered"]
    resumed = make_llm(**server.options, stop_after=0)
    resumed.load_state_dict(principal.state_dict())
    assert f"\nStep {dropped}:" not in resumed._messages()[-1]["content"]


def test_a_model_too_small_for_the_bare_prompt_stops_the_run(make_llm, server):
    server.play(server.error(400, OVERFLOWS[server.sdk][0]))
    with pytest.raises(StopRunError, match="too long for it even without demonstrations"):
        ask(make_llm, server)
