"""Replies that no documentation promises: what they are is kept in the transcript, and no run breaks over them."""

from __future__ import annotations

import contextlib
import threading

import pytest
from faulty_server import GOOD
from werkzeug import Response

from policybench import StopRunError


def openai_choice(content, finish="stop"):
    message = {"role": "assistant", "content": content}
    return {"choices": [{"index": 0, "finish_reason": finish, "message": message}]}


OPENAI = {
    "no counts": {"usage": {}},
    "words for counts": {"usage": "many"},
    "null counts": {"usage": {"prompt_tokens": None, "completion_tokens": None, "total_tokens": None}},
    "odd counts": {"usage": {"prompt_tokens": -1, "completion_tokens": 2.5, "total_tokens": 1}},
    "no model": {"model": None},
    "parts": openai_choice([{"type": "thinking", "thinking": []}, {"type": "text", "text": GOOD}]),
    "odd reason": openai_choice(GOOD, finish=7),
    "half a character": openai_choice("\ud83d " + GOOD),
    "controls": openai_choice("\x00\x1b[31m\u2028" + GOOD),
}
ANTHROPIC = {
    "null counts": {"usage": {"input_tokens": None, "output_tokens": None}},
    "no model": {"model": None},
    "thinking": {
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": "x"},
            {"type": "text", "text": None},
            {"type": "text", "text": GOOD},
        ]
    },
    "half a character": {"content": [{"type": "text", "text": "\ud83d " + GOOD}]},
}
CASES = [("openai", name) for name in OPENAI] + [("anthropic", name) for name in ANTHROPIC]


@pytest.mark.parametrize(("sdk", "name"), CASES)
def test_a_strange_reply_is_used_kept_and_replayed(run, server_of, read, sdk, name):
    server = server_of(sdk)
    server.play(server.answer(GOOD, **{"openai": OPENAI, "anthropic": ANTHROPIC}[sdk][name]))
    folder = run(*server.arguments, seeds=1, steps=2)
    calls = read.transcript(folder)
    assert [call["error"] for call in calls] == [None, None]
    assert {call["model"] for call in calls} <= {"gpt-4o-mini", "gpt-4o-mini-2024-07-18"}
    assert all(count >= 0 for call in calls for count in call["usage"].values())
    assert [row["action"] for row in read.steps(folder)] == [[0.25, 0.5]] * 2
    again = run(*server.arguments, f"replay={folder / 'transcript.jsonl'}", seeds=1, steps=2, out="b")
    assert read.transcript(again) == calls


@pytest.mark.parametrize(
    "changes",
    [
        {"choices": None, "error": {"message": "upstream \x1b[31m failed", "code": 502}},
        {"choices": [{"index": 0}]},
        openai_choice(5),
        openai_choice([{"type": "text"}]),
    ],
)
def test_what_is_no_answer_stops_the_run_with_one_plain_line(run, openai_server, changes):
    openai_server.play(openai_server.answer(GOOD, **changes))
    with pytest.raises(StopRunError, match="the response is no chat completion") as caught:
        run(*openai_server.arguments, seeds=1, steps=1)
    assert str(caught.value).isprintable()


def test_a_long_page_of_many_lines_is_one_short_line(run, server):
    server.play(lambda _: Response("<h1>Gone</h1>\n" * 1000, 404, content_type="text/html"))
    with pytest.raises(StopRunError, match="HTTP 404: <h1>Gone</h1> <h1>Gone</h1>") as caught:
        run(*server.arguments, seeds=1, steps=1)
    assert len(str(caught.value)) < 600
    assert str(caught.value).isprintable()


def test_seeds_that_find_out_together_what_a_server_does_not_take_all_go_on(run, server, read):
    together = threading.Barrier(3)

    def act(request):
        if "temperature" not in request.get_json():
            return server.answer(GOOD)(request)
        with contextlib.suppress(threading.BrokenBarrierError):
            together.wait(timeout=10)
        return server.error(400, "temperature is not supported")(request)

    server.play(act)
    folder = run(*server.arguments, "concurrency=3", seeds=3, steps=2)
    calls = read.transcript(folder)
    assert [call["status"] for call in calls if call["step"] == 0].count("unsupported") == 3
    assert {call["status"] for call in calls if call["step"] == 1} == {"answered"}
