"""Fields of a request that some servers do not take, or take by another name."""

from __future__ import annotations

import json

import pytest
from faulty_server import GOOD, ask
from werkzeug import Response

from policybench import StopRunError


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


def test_schemas_can_be_left_out_from_the_start(make_llm, server):
    server.play("Let me think. So: $[0.1, 0.2]$")
    assert ask(make_llm, server, schema="off")[0] == [0.1, 0.2]
    assert not {"response_format", "output_config"} & set(server.requests[0])
