"""Models that think before they answer: what they are sent, what they send, what it costs."""

from __future__ import annotations

import itertools
import json

import pytest
from faulty_server import GOOD

from policybench import InputError, StopRunError
from policybench.analysis.summary import summarise

STOPS = {"openai": "length", "anthropic": "max_tokens"}


def limit_of(request):
    return request.get("max_tokens") or request["max_completion_tokens"]


def openai_message(**message):
    finish = message.pop("finish", "stop")
    return {"choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", **message}}]}


def test_an_answer_cut_off_is_asked_for_again_with_twice_the_length_and_no_scolding(run, server, read):
    def act(request):
        limit = limit_of(request.get_json())
        if limit < 4096:  # all of it is thinking
            return server.answer("", stop=STOPS[server.sdk], tokens=(100, limit))(request)
        return server.answer(GOOD, tokens=(100, 3000))(request)

    server.play(act)
    folder = run(*server.arguments, seeds=1, steps=2)
    assert [limit_of(request) for request in server.requests] == [1024, 2048, 4096, 4096]
    assert server.requests[0]["messages"] == server.requests[2]["messages"]
    calls = read.transcript(folder)
    assert [call["cut"] for call in calls] == [True, True, False, False]
    assert [call["limit"] for call in calls] == [1024, 2048, 4096, 4096]
    assert not any(row["notes"].get("failed") for row in read.steps(folder))
    again = run(*server.arguments, f"replay={folder / 'transcript.jsonl'}", seeds=1, steps=2, out="b")
    assert read.steps(again) == read.steps(folder)


def test_an_interrupted_run_goes_on_with_the_length_that_it_needs(run, openai_server):
    def act(request):
        limit = limit_of(request.get_json())
        short = openai_server.answer("", stop="length", tokens=(1, limit))
        return (short if limit < 4096 else openai_server.answer(GOOD))(request)

    openai_server.play(act)
    with pytest.raises(KeyboardInterrupt):
        run(*openai_server.arguments, seeds=1, steps=2, interrupt_after=1)
    run(*openai_server.arguments, seeds=1, steps=2)
    assert [limit_of(request) for request in openai_server.requests] == [1024, 2048, 4096, 4096]


def test_doubling_ends_where_it_should(run, openai_server):
    openai_server.play(openai_server.answer("", stop="length", tokens=(1, 0)))
    with pytest.raises(StopRunError, match=r"cut off after 0 tokens. A larger -p max_tokens="):
        run(*openai_server.arguments, "reasks=1", "give_up_after=1", seeds=1, steps=1)
    limits = [limit_of(request) for request in openai_server.requests]
    assert limits == [1024, 2048, 4096, 8192, 16384, 32768, 32768]


@pytest.mark.parametrize(
    "message",
    [
        "max_tokens is too large: 2048. This model supports at most 1500 completion tokens",
        "This model's maximum context length is 2048 tokens and your request has 1500 input tokens",
    ],
)
def test_a_server_that_takes_no_longer_answers_is_not_asked_for_them(run, openai_server, read, message):
    def act(request):
        if limit_of(request.get_json()) > 1024:
            return openai_server.error(400, message)(request)
        return openai_server.answer(
            GOOD if len(openai_server.requests) > 3 else "", stop="length", tokens=(9, 1024)
        )(request)

    openai_server.play(act)
    folder = run(*openai_server.arguments, seeds=1, steps=1)
    assert [limit_of(request) for request in openai_server.requests] == [1024, 2048, 1024, 1024]
    assert read.steps(folder)[0]["action"] == [0.25, 0.5]
    assert "dropped" not in read.steps(folder)[0]["notes"]


def test_the_effort_goes_where_each_provider_wants_it(run, server, read):
    server.play(GOOD)
    folder = run(*server.arguments, "reasoning_effort=low", 'extra={"top_p": 0.5}', seeds=1, steps=1)
    [request] = server.requests
    assert request["top_p"] == 0.5
    if server.sdk == "openai":
        assert request["reasoning_effort"] == "low"
    else:
        assert request["output_config"]["effort"] == "low"
        assert request["output_config"]["format"]["type"] == "json_schema"
    options = json.loads((folder / "manifest.json").read_text())["principal"]["options"]
    assert (options["reasoning_effort"], options["extra"]) == ("low", '{"top_p": 0.5}')


def test_a_budget_of_thinking_comes_on_top_of_the_answer(run, server_of):
    server = server_of("anthropic")
    server.play(GOOD)
    run(*server.arguments, "thinking_budget=5000", seeds=1, steps=1)
    [request] = server.requests
    assert request["thinking"] == {"type": "enabled", "budget_tokens": 5000}
    assert request["max_tokens"] == 5000 + 1024
    assert "temperature" not in request


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["thinking_budget=2000"], "only Anthropic's protocol has a budget; use -p reasoning_effort="),
        (["extra=top_p"], "is no JSON"),
        (["extra=[1]"], "takes a JSON object such as"),
        (['extra={"model": "x"}'], "model is set by -p model="),
        (['extra={"stream": true}'], "stream is chosen by itself"),
        (['extra={"user": "Canary-7f3A9c51E2"}'], "has a key in it"),
    ],
)
def test_what_cannot_be_sent_is_said(run, openai_server, monkeypatch, options, message):
    monkeypatch.setenv("OPENAI_API_KEY", "Canary-7f3A9c51E2")
    with pytest.raises(InputError, match=message) as caught:
        run(*openai_server.arguments, *options)
    assert "Canary" not in str(caught.value)


FIELDS = {
    "reasoning_content": openai_message(content="", reasoning_content=f"So I set {GOOD}"),
    "reasoning": openai_message(content=None, reasoning=f"So I set {GOOD}"),
    "both": openai_message(content=GOOD, reasoning_content='{"x1": 0.9, "x2": 0.9} was worse'),
    "tool": openai_message(
        content=None,
        finish="tool_calls",
        tool_calls=[{"id": "1", "type": "function", "function": {"name": "action", "arguments": GOOD}}],
    ),
    "text": {"choices": [{"index": 0, "text": GOOD, "finish_reason": "stop"}]},
}


@pytest.mark.parametrize("name", FIELDS)
def test_an_answer_is_found_in_whatever_field_it_comes(run, openai_server, read, name):
    openai_server.play(openai_server.answer("", **FIELDS[name]))
    folder = run(*openai_server.arguments, "reasks=0", seeds=1, steps=1)
    assert read.steps(folder)[0]["action"] == [0.25, 0.5]
    assert "failed" not in read.steps(folder)[0]["notes"]


def test_thinking_that_was_cut_off_is_no_answer(run, openai_server, read):
    thought = openai_message(content=None, reasoning_content=GOOD, finish="length")
    openai_server.play(openai_server.answer("", **thought), GOOD.replace("0.25", "0.75"))
    folder = run(*openai_server.arguments, seeds=1, steps=1)
    assert read.steps(folder)[0]["action"] == [0.75, 0.5]


USAGE = {
    "openai": {
        "prompt_tokens": 2000,
        "completion_tokens": 300,
        "total_tokens": 2300,
        "prompt_tokens_details": {"cached_tokens": 1500},
        "completion_tokens_details": {"reasoning_tokens": 250},
    },
    "anthropic": {
        "input_tokens": 100,
        "cache_read_input_tokens": 1500,
        "cache_creation_input_tokens": 400,
        "output_tokens": 300,
        "output_tokens_details": {"thinking_tokens": 250},
    },
}


def test_thinking_and_cached_tokens_are_recorded_and_priced(run, server, read):
    model = {"openai": "gpt-5-mini", "anthropic": "claude-haiku-4-5"}[server.sdk]
    server.play(server.answer(GOOD, model=model, usage=USAGE[server.sdk]))
    folder = run(*server.arguments, f"model={model}", seeds=1, steps=1)
    [call] = read.transcript(folder)
    assert call["usage"] == {
        "input_tokens": 2000,
        "output_tokens": 300,
        "reasoning_tokens": 250,
        "cached_tokens": 1500,
        "written_tokens": {"openai": 0, "anthropic": 400}[server.sdk],
    }
    usd = {
        "openai": 500 * 0.25 + 1500 * 0.025 + 300 * 2,
        "anthropic": 100 * 1 + 1500 * 0.1 + 400 * 1.25 + 300 * 5,
    }
    costs = summarise(folder).costs
    assert costs["usd"] == pytest.approx(usd[server.sdk] / 1e6)
    assert (costs["reasoning_tokens"], costs["cached_tokens"]) == (250, 1500)


def test_thinking_that_only_the_total_counts_is_paid_for(run, openai_server, read):
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 620}
    openai_server.play(openai_server.answer(GOOD, usage=usage))
    [call] = read.transcript(run(*openai_server.arguments, seeds=1, steps=1))
    assert call["usage"]["output_tokens"] == 520


def test_what_stays_the_same_is_marked_for_the_cache_and_comes_back_in_the_same_blocks(run, server_of):
    server = server_of("anthropic")
    server.play(GOOD)
    run(*server.arguments, "stop_after=0", seeds=1, steps=40)
    contents = [request["messages"][0]["content"] for request in server.requests]
    assert isinstance(contents[0], str)  # too short to be worth it
    blocks = [content for content in contents if not isinstance(content, str)]
    assert len(blocks) > 20
    for earlier, later in itertools.pairwise(blocks):
        marked = [i for i, block in enumerate(earlier) if "cache_control" in block]
        assert 1 <= len(marked) <= 2
        kept = marked[0] if len(marked) == 2 else marked[0] - 1
        assert [b["text"] for b in earlier[: kept + 1]] == [b["text"] for b in later[: kept + 1]]
    last = "".join(block["text"] for block in blocks[-1])
    assert "in step 40" in last
    assert "\nStep 39:" in last


def test_a_server_that_takes_no_marks_gets_none(run, server_of, read):
    server = server_of("anthropic")

    def act(request):
        marked = "cache_control" in request.get_data(as_text=True)
        fault = server.error(400, "messages.0.content.0.cache_control: Extra inputs are not permitted")
        return (fault if marked else server.answer(GOOD))(request)

    server.play(act)
    folder = run(*server.arguments, "stop_after=0", seeds=1, steps=25)
    assert [call["status"] for call in read.transcript(folder)].count("unsupported") == 1
