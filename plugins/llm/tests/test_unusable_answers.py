"""Answers without an action that can be used: empty, refused, cut off or out of range."""

from __future__ import annotations

import numpy as np
import pytest
from faulty_server import GOOD, ask


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


def test_an_action_is_in_the_space_in_its_own_precision(make_llm, server):
    server.play('{"x1": 1, "x2": 0.9}')
    action, notes = ask(make_llm, server)
    assert notes["cost"]["calls"] == 1
    assert np.all(np.array(action) <= np.array([1.0, np.float32(0.9)]))
