"""The conformance suite: what every principal must keep to; the model is a server on loopback."""

from __future__ import annotations

import json

import pytest

from policybench.testing import principal_checks


def answer_of(request) -> str:
    """An action that any box of the suite contains, by the names that the request's schema gives its numbers."""
    body = request.get_json()
    schema = body["response_format"]["json_schema"]["schema"]
    prompt = body["messages"][-1]["content"]
    lines = {line.split(",")[0].removeprefix("- "): line for line in prompt.splitlines() if ", from " in line}
    lows = {name: lines[name].split(", from ")[1].split(" to ")[0] for name in schema["properties"]}
    return json.dumps({name: float(low) for name, low in lows.items()})


@pytest.mark.parametrize("name", [str(check) for check in principal_checks("llm")])
def test_conforms(openai_server, name):
    openai_server.acts = [lambda request: openai_server.answer(answer_of(request))(request)]
    checks = principal_checks("llm", **openai_server.options, stop_after=5)
    [check] = [check for check in checks if check.name == name]
    check()
    assert openai_server.requests
