"""What environment variables change: which endpoint answers, through which proxy, by which certificates."""

from __future__ import annotations

import pytest
from faulty_server import GOOD
from werkzeug import Response

from policybench import InputError, StopRunError
from policybench.analysis.summary import summarise

VARIABLES = {"openai": "OPENAI_BASE_URL", "anthropic": "ANTHROPIC_BASE_URL"}
MODELS = {"openai": "gpt-4o-mini", "anthropic": "claude-haiku-4-5"}


def test_an_endpoint_of_a_variable_is_recorded_and_not_priced_as_the_providers(run, server, read, monkeypatch):
    monkeypatch.setenv(VARIABLES[server.sdk], server.base_url)
    server.play(server.answer(GOOD, model=MODELS[server.sdk]))
    folder = run(f"model={MODELS[server.sdk]}", seeds=1, steps=2)
    assert server.keys == {"none"}  # it is on this machine, where no key is needed
    for entry in [row["notes"] for row in read.steps(folder)] + read.transcript(folder):
        assert entry["endpoint"].rstrip("/") == server.base_url
    assert {call["usd"] for call in read.transcript(folder)} == {None}
    assert "usd" not in summarise(folder).costs
    with pytest.raises(InputError, match=rf"the price of {MODELS[server.sdk]} at {server.base_url} is not known"):
        run(f"model={MODELS[server.sdk]}", "max_cost=1", seeds=1, steps=2)


def test_the_providers_own_endpoint_is_priced(run, server, as_the_provider, monkeypatch):
    as_the_provider(server)
    monkeypatch.setenv({"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}[server.sdk], "a-key-of-mine")
    server.play(server.answer(GOOD, model=MODELS[server.sdk]))
    assert summarise(run(f"model={MODELS[server.sdk]}", seeds=1, steps=1)).costs["usd"] > 0


@pytest.mark.parametrize("value", ["", "  ", "api.openai.com", "http://", "http://h:port/"])
def test_a_variable_that_names_no_endpoint_is_said(run, monkeypatch, value):
    monkeypatch.setenv("OPENAI_API_KEY", "a-key-of-mine")
    monkeypatch.setenv("OPENAI_BASE_URL", value)
    with pytest.raises(InputError, match=r"OPENAI_BASE_URL=.*: takes an address .*, or unset it") as caught:
        run("model=gpt-4o-mini")
    assert "\n" not in str(caught.value)


def test_a_password_in_a_variable_is_refused_since_endpoints_are_kept(run, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "a-key-of-mine")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://me:secret@127.0.0.1/v1")
    with pytest.raises(InputError, match="OPENAI_BASE_URL: has a name, password or query") as caught:
        run("model=gpt-4o-mini")
    assert "secret" not in str(caught.value)


SURROUNDINGS = {
    "socks": ({"ALL_PROXY": "socks5://me:secret@127.0.0.1:9"}, "ALL_PROXY: a SOCKS proxy needs .*socksio"),
    "scheme": ({"HTTPS_PROXY": "ftp://me:secret@127.0.0.1:9"}, "HTTPS_PROXY: takes an address such as"),
    "missing": (
        {"SSL_CERT_FILE": "nowhere.pem"},
        "SSL_CERT_FILE=nowhere.pem: .* read .No such file",
    ),
    "no certificates": ({"SSL_CERT_FILE": __file__}, "SSL_CERT_FILE=.*py: the certificates cannot be read"),
}


@pytest.mark.parametrize("name", SURROUNDINGS)
@pytest.mark.parametrize("sdk", MODELS)
def test_proxies_and_certificates_that_cannot_be_used_are_one_clear_line(run, monkeypatch, name, sdk):
    variables, message = SURROUNDINGS[name]
    for proxy in ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "all_proxy", "https_proxy", "http_proxy"):
        monkeypatch.delenv(proxy, raising=False)
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("OPENAI_API_KEY", "a-key-of-mine")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "a-key-of-mine")
    with pytest.raises(StopRunError, match=message) as caught:
        run("model=x", f"sdk={sdk}", "base_url=http://192.0.2.1/v1", "retries=0", seeds=1, steps=1)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_and_says_where_it_leads(run, server, status):
    path = {"openai": "/chat/completions", "anthropic": "/v1/messages"}[server.sdk]
    server.play(lambda _: Response(b"", status, {"location": f"https://elsewhere.example/api{path}"}))
    fault = rf"HTTP {status}: {server.base_url}/? sends requests on to https://elsewhere.example/api{path}; "
    with pytest.raises(
        StopRunError, match=fault + "if you trust it, give -p base_url=https://elsewhere.example/api$"
    ):
        run(*server.arguments, seeds=1, steps=1)
    assert len(server.requests) == 1
