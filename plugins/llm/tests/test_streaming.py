"""Servers that stream their answers, asked or not."""

from __future__ import annotations

import json

import pytest
from faulty_server import GOOD
from werkzeug import Response

from policybench import StopRunError


def sse(*events, names=False):
    lines = [(f"event: {event['type']}\n" if names else "") + f"data: {json.dumps(event)}\n\n" for event in events]
    text = "".join(lines) + ("" if names else "data: [DONE]\n\n")
    return Response(text, content_type="text/event-stream")


def openai_stream():
    def chunk(delta, finish=None, **more):
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        return {
            "id": "x",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": "m",
            "choices": choices,
            **more,
        }

    usage = {"prompt_tokens": 50, "completion_tokens": 5, "total_tokens": 55}
    return sse(
        chunk({"role": "assistant", "reasoning_content": "hm"}),
        chunk({"content": GOOD[:9]}),
        chunk({"content": GOOD[9:]}, "stop"),
        chunk({}) | {"choices": [], "usage": usage},
    )


def anthropic_stream():
    message = {"id": "x", "type": "message", "role": "assistant", "model": "m", "content": [], "stop_reason": None}
    message |= {"stop_sequence": None, "usage": {"input_tokens": 50, "output_tokens": 1}}
    block = {"type": "text", "text": ""}
    deltas = [{"type": "text_delta", "text": part} for part in (GOOD[:9], GOOD[9:])]
    return sse(
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 5},
        },
        {"type": "message_stop"},
        names=True,
    )


STREAMS = {"openai": openai_stream, "anthropic": anthropic_stream}


@pytest.mark.parametrize("unasked", [False, True])
def test_a_server_that_only_streams_is_listened_to(run, server, read, unasked):
    def act(request):
        if request.get_json().get("stream") or unasked:
            return STREAMS[server.sdk]()
        return server.error(400, "this model only supports stream=true")(request)

    server.play(act)
    folder = run(*server.arguments, seeds=1, steps=2)
    calls = read.transcript(folder)
    assert [call["status"] for call in calls] == ["unsupported", "answered", "answered"]
    assert [row["action"] for row in read.steps(folder)] == [[0.25, 0.5]] * 2
    assert (calls[1]["model"], calls[1]["usage"]["input_tokens"], calls[1]["usage"]["output_tokens"]) == (
        "m",
        50,
        5,
    )


def test_a_stream_that_breaks_off_stops_the_run(run, openai_server):
    def act(request):
        if not request.get_json().get("stream"):
            return openai_server.error(400, "stream must be true")(request)
        return Response('data: {"error": {"message": "out of memory"}}\n\n', content_type="text/event-stream")

    openai_server.play(act)
    with pytest.raises(StopRunError, match=r"the stream broke off: .*out of memory"):
        run(*openai_server.arguments, seeds=1, steps=1)
