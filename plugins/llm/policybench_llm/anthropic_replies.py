"""What came back from a server that speaks Anthropic's messages."""

from __future__ import annotations

import json
from typing import Any

from anthropic.types import Message

from policybench_llm.wire import Reply, count

_PARTS = ("text", "tool_use", "thinking")


def reply_of(message: Message, retries: int) -> Reply:
    """The reply in a message; raises ``AttributeError`` or ``TypeError`` if it is none."""
    usage = message.usage
    cut = message.stop_reason in ("max_tokens", "model_context_window_exceeded")
    parts = {kind: [block for block in message.content if block.type == kind] for kind in _PARTS}
    text = "".join(str(getattr(block, "text", None) or "") for block in parts["text"])
    if not text and parts["tool_use"]:
        text = json.dumps(getattr(parts["tool_use"][0], "input", None))
    if not text and not cut:  # some servers leave the whole answer in the thinking
        text = "".join(str(getattr(block, "thinking", None) or "") for block in parts["thinking"])
    cached, written = count(usage.cache_read_input_tokens), count(usage.cache_creation_input_tokens)
    return Reply(
        text=text,
        model=str(message.model or ""),
        # Without the cached ones the count says nothing about the size of the prompt.
        input_tokens=count(usage.input_tokens) + cached + written,
        output_tokens=count(usage.output_tokens),
        reasoning_tokens=count(getattr(getattr(usage, "output_tokens_details", None), "thinking_tokens", 0)),
        cached_tokens=cached,
        written_tokens=written,
        stop=message.stop_reason and str(message.stop_reason),
        cut=cut,
        refused=message.stop_reason == "refusal",
        retries=retries,
    )


def fault_of(error: Any) -> str:
    """What a server says in an error of the SDK."""
    body = error.body if isinstance(error.body, dict) else {}
    inner = body.get("error")
    inner = inner if isinstance(inner, dict) else {}
    details = [str(inner[key]) for key in ("type", "code", "message") if inner.get(key)]
    return " ".join(details or [error.response.text])
