"""What servers do when they are not well, through both SDKs' protocols."""

from __future__ import annotations

import json

import numpy as np
import pytest
from werkzeug import Response

from policybench import InputError, StopRunError

GOOD = '{"x1": 0.25, "x2": 0.5}'


def text_of(message):
    """The content of a message, which may be in blocks."""
    content = message["content"]
    return content if isinstance(content, str) else "".join(block["text"] for block in content)


def ask(make_llm, server, **options):
    principal = make_llm(**{**server.options, **options})
    try:
        return principal.ask(None).tolist(), principal.notes()
    finally:
        principal._session.close()


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


@pytest.mark.parametrize("text", ["", None, "   \n"])
def test_an_empty_answer_is_asked_for_again(make_llm, server, text):
    server.play(server.answer(text), GOOD)
    action, notes = ask(make_llm, server)
    assert action == [0.25, 0.5]
    assert notes["cost"]["calls"] == 2
    again = server.requests[1]["messages"]
    assert again[-2]["content"].strip()
    assert "it is empty" in again[-1]["content"]


def test_an_answer_without_choices_is_asked_for_again(make_llm, openai_server):
    openai_server.play(openai_server.answer("", choices=[]), GOOD)
    assert ask(make_llm, openai_server)[0] == [0.25, 0.5]


def test_an_answer_without_usage_counts_no_tokens(make_llm, openai_server):
    openai_server.play(openai_server.answer(GOOD, usage=None))
    action, notes = ask(make_llm, openai_server)
    assert action == [0.25, 0.5]
    assert notes["cost"]["input_tokens"] == 0


def test_a_refusal_is_asked_again_and_then_noted(make_llm, server):
    if server.sdk == "openai":
        refusal = server.answer(None, refusal="I cannot help with that.")
    else:
        refusal = server.answer("I cannot help with that.", stop="refusal")
    server.play(refusal, GOOD)
    assert ask(make_llm, server)[0] == [0.25, 0.5]
    server.play(refusal)
    action, notes = ask(make_llm, server)
    assert notes["fault"] == "it is a refusal"
    assert action == pytest.approx([0.5, 0.45])


def test_a_filtered_answer_is_a_refusal(make_llm, openai_server):
    openai_server.play(openai_server.answer(GOOD, stop="content_filter"))
    assert ask(make_llm, openai_server, reasks=0)[1]["fault"] == "it is a refusal"


def test_an_answer_that_was_cut_off_at_the_longest_allowed_says_so(make_llm, server):
    stop = "length" if server.sdk == "openai" else "max_tokens"
    server.play(server.answer('{"x1": 0.2', stop=stop, tokens=(100, 7)), GOOD)
    action, _ = ask(make_llm, server, max_tokens=7, max_tokens_after_cut=7)
    assert action == [0.25, 0.5]
    assert "it was cut off after 7 tokens" in server.requests[1]["messages"][-1]["content"]


def test_an_answer_that_is_whole_although_cut_off_is_used(make_llm, server):
    stop = "length" if server.sdk == "openai" else "max_tokens"
    server.play(server.answer(GOOD, stop=stop))
    assert ask(make_llm, server)[1]["cost"]["calls"] == 1


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"x1": 1.15, "x2": 0.5}', "x1 = 1.15 is not in [0, 1]"),
        ('{"x1": 0.1, "x2": -1.23}', "x2 = -1.23 is not in [0, 0.9]"),
        ("[1, 2, 3]", "it has 3 numbers where 2 numbers are expected"),
        ('{"x1": NaN, "x2": 0.1}', "its numbers must be finite"),
        ('{"x1": 1e999, "x2": 0.1}', "its numbers must be finite"),
        ("I would raise both a little.", "there is no JSON object of numbers in it"),
    ],
)
def test_an_unusable_answer_is_asked_for_again_with_what_is_wrong(make_llm, server, text, fault):
    server.play(text, GOOD)
    action, notes = ask(make_llm, server)
    assert action == [0.25, 0.5]
    assert notes["cost"]["calls"] == 2
    assert "failed" not in notes
    first, second = (request["messages"] for request in server.requests)
    assert second[: len(first)] == first
    assert second[-2] == {"role": "assistant", "content": text}
    assert fault in second[-1]["content"]


def test_after_three_reasks_the_previous_action_is_kept_and_noted(make_llm, server, parabola):
    principal, environment = make_llm(**server.options), parabola([0])
    server.play(GOOD)
    action = principal.ask(None)
    principal.tell(action, environment.evaluate(0, action[None])[0])
    server.play("no idea")
    kept = principal.ask(None)
    assert kept.tolist() == [0.25, 0.5]
    assert len(server.requests) == 1 + 4
    assert principal.notes()["fault"] == "there is no JSON object of numbers in it"
    assert principal.notes()["cost"]["calls"] == 4


def test_out_of_range_can_be_clipped(make_llm, server):
    server.play('{"x1": 1.15, "x2": -1.23}')
    action, notes = ask(make_llm, server, out_of_range="clip")
    assert action == [1.0, 0.0]
    assert notes["clipped"] is True
    assert notes["cost"]["calls"] == 1


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


def test_a_server_without_json_schemas_is_asked_without(make_llm, server):
    field = "response_format" if server.sdk == "openai" else "output_config"
    server.play(server.error(400, f"{field}: json_schema is not supported"), GOOD)
    principal = make_llm(**server.options)
    assert principal.ask(None).tolist() == [0.25, 0.5]
    assert [field in request for request in server.requests] == [True, False]
    assert [call.status for call in principal._session.transcript.of(0, 0)] == ["unsupported", "answered"]


REFUSALS = {
    "unknown field": (
        400,
        [{"error": {"code": 400, "message": "Unknown name \"additionalProperties\" at 'response_schema'"}}],
    ),
    "server error": (500, {"error": {"message": "json_schema is not supported by the backend", "type": "x"}}),
    "no endpoint": (404, {"error": {"message": "No endpoints found that can handle the requested parameters."}}),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_however_a_schema_is_refused_the_answer_is_asked_for_without(make_llm, openai_server, name):
    status, body = REFUSALS[name]

    def act(request):
        refuse = "response_format" in request.get_json()
        return Response(json.dumps(body), status) if refuse else openai_server.answer(GOOD)(request)

    openai_server.play(act)
    assert ask(make_llm, openai_server, retries=5)[0] == [0.25, 0.5]
    assert ["response_format" in request for request in openai_server.requests] == [True, False]


def test_a_model_without_temperature_is_asked_without(make_llm, server):
    server.play(server.error(400, "Unsupported value: 'temperature' does not support 0.01 with this model."), GOOD)
    assert ask(make_llm, server)[0] == [0.25, 0.5]
    assert ["temperature" in request for request in server.requests] == [True, False]


def test_a_model_that_wants_the_other_name_for_the_limit_gets_it(make_llm, openai_server):
    message = "Unsupported parameter: 'max_tokens' is not supported with this model."
    openai_server.play(openai_server.error(400, message), GOOD)
    assert ask(make_llm, openai_server)[0] == [0.25, 0.5]
    assert ["max_tokens" in request for request in openai_server.requests] == [True, False]
    assert openai_server.requests[1]["max_completion_tokens"] == 1024


def test_openai_itself_gets_the_new_name_for_the_limit_first(
    make_llm, openai_server, monkeypatch, as_the_provider
):
    as_the_provider(openai_server)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    openai_server.play(GOOD)
    principal = make_llm(model="gpt-4o-mini")
    assert principal.ask(None).tolist() == [0.25, 0.5]
    assert openai_server.requests[0]["max_completion_tokens"] == 1024
    assert openai_server.requests[0]["response_format"]["json_schema"]["strict"] is True
    assert openai_server.keys == {"sk-of-the-environment"}
    assert principal.hosted


def test_a_server_that_takes_no_limit_at_all_is_not_asked_for_ever(make_llm, openai_server):
    openai_server.play(openai_server.error(400, "max_tokens and max_completion_tokens are too large"))
    with pytest.raises(StopRunError, match="are too large"):
        ask(make_llm, openai_server)
    limits = [{"max_tokens", "max_completion_tokens"} & set(request) for request in openai_server.requests]
    assert limits == [{"max_tokens"}, {"max_completion_tokens"}, set()]


def test_anthropic_itself_gets_schema_and_temperature(make_llm, server_of, monkeypatch, as_the_provider):
    server = server_of("anthropic")
    as_the_provider(server)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "key-of-the-environment")
    server.play(server.answer(GOOD, model="claude-haiku-4-5-20251001"))
    principal = make_llm(model="claude-haiku-4-5")
    assert principal.ask(None).tolist() == [0.25, 0.5]
    [request] = server.requests
    assert request["output_config"]["format"]["schema"]["required"] == ["x1", "x2"]
    assert request["system"].startswith("You set the policy")
    assert [message["role"] for message in request["messages"]] == ["user"]
    assert server.keys == {"key-of-the-environment"}
    assert principal.notes()["cost"]["usd"] == pytest.approx((100 * 1 + 10 * 5) / 1e6)


def test_a_key_that_cannot_be_one_is_said_without_telling_it(make_llm, monkeypatch):
    for key in ("sk-\u2026elided", "sk-1234\n", "two words"):
        monkeypatch.setenv("OPENAI_API_KEY", key)
        with pytest.raises(InputError, match="OPENAI_API_KEY holds what no key can") as caught:
            make_llm(model="gpt-4o-mini")
        assert key not in str(caught.value)


def test_schemas_can_be_left_out_from_the_start(make_llm, server):
    server.play("Let me think. So: $[0.1, 0.2]$")
    assert ask(make_llm, server, schema="off")[0] == [0.1, 0.2]
    assert not {"response_format", "output_config"} & set(server.requests[0])


def test_an_action_is_in_the_space_in_its_own_precision(make_llm, server):
    server.play('{"x1": 1, "x2": 0.9}')
    action, notes = ask(make_llm, server)
    assert notes["cost"]["calls"] == 1
    assert np.all(np.array(action) <= np.array([1.0, np.float32(0.9)]))
