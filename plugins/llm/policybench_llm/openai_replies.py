"""What came back from a server that speaks OpenAI's chat completions, whole or in pieces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from policybench_llm.wire import Reply, count


@dataclass
class _Message:
    """An answer in its parts; a model may put it into any of them."""

    content: str = ""
    tool: str = ""
    reasoning: str = ""
    refusal: str = ""
    stop: str | None = None

    def reply(self, model: Any, usage: Any, retries: int) -> Reply:
        cut = self.stop == "length"
        # Some servers leave the whole answer in the field for thinking; if it was cut off, it is thinking alone.
        text = self.content or self.tool or ("" if cut else self.reasoning) or self.refusal
        input_tokens = _count(usage, "prompt_tokens")
        return Reply(
            text=text,
            model=str(model or ""),
            input_tokens=input_tokens,
            # Some count thinking in the total alone.
            output_tokens=max(_count(usage, "completion_tokens"), _count(usage, "total_tokens") - input_tokens),
            reasoning_tokens=_count(usage, "completion_tokens_details", "reasoning_tokens"),
            cached_tokens=_count(usage, "prompt_tokens_details", "cached_tokens"),
            written_tokens=_count(usage, "prompt_tokens_details", "cache_write_tokens"),
            stop=self.stop,
            cut=cut,
            refused=bool(self.refusal) or self.stop == "content_filter",
            retries=retries,
        )


def whole_reply(completion: Any, retries: int) -> Reply:
    """The reply in a chat completion.

    Raises:
        AttributeError, LookupError, TypeError: it is none.
    """
    if len(completion.choices) == 0:
        return _Message().reply(completion.model, completion.usage, retries)
    choice = completion.choices[0]
    message: Any = getattr(choice, "message", None)
    text = getattr(choice, "text", None)
    if message is None and isinstance(text, str):  # an old kind of completion
        old = _Message(content=text, stop=_word(choice.finish_reason))
        return old.reply(completion.model, completion.usage, retries)
    parts = _Message(
        content=_text(message.content),
        tool=_arguments(getattr(message, "tool_calls", None) or ()),
        reasoning=_reasoning(message),
        refusal=message.refusal or "",
        stop=_word(choice.finish_reason),
    )
    return parts.reply(completion.model, completion.usage, retries)


def streamed_reply(chunks: Iterable[Any], retries: int) -> Reply:
    """The reply in a stream of chunks, as they come."""
    message, model, usage = _Message(), None, None
    for chunk in chunks:
        model, usage = chunk.model or model, chunk.usage or usage
        for choice in (chunk.choices or ())[:1]:
            delta = choice.delta
            message.content += _text(delta.content)
            message.reasoning += _reasoning(delta)
            message.refusal += delta.refusal or ""
            message.stop = _word(choice.finish_reason) or message.stop
            for call in (delta.tool_calls or ())[:1]:
                message.tool += (call.function and call.function.arguments) or ""
    return message.reply(model, usage, retries)


def fault_of(error: Any) -> str:
    """What a server says in an error of the SDK."""
    return fault_in(error.body) or str(error.response.text)


def fault_in(body: Any) -> str:
    """What a JSON object says of an error; empty if it is none, or says nothing."""
    if not isinstance(body, dict):
        return ""
    return " ".join(str(body[key]) for key in ("type", "code", "param", "message") if body.get(key))


def _text(content: Any) -> str:
    """The content of a message: a text, or, with some servers, a list of parts, of which some are text."""
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(part["text"] for part in content if part["type"] == "text")


def _reasoning(message: Any) -> str:
    """What a message has in the fields that servers use for thinking."""
    for name in ("reasoning_content", "reasoning"):
        value = getattr(message, name, None)
        if isinstance(value, str) and value:
            return value
    return ""


def _arguments(calls: Iterable[Any]) -> str:
    """The arguments of the first call of a tool, which are JSON."""
    for call in calls:
        arguments = getattr(getattr(call, "function", None), "arguments", None)
        if isinstance(arguments, str):
            return arguments
    return ""


def _word(stop: Any) -> str | None:
    return str(stop) if stop else None


def _count(usage: Any, *names: str) -> int:
    """A number in a tree of counts; 0 where it is missing."""
    for name in names:
        usage = getattr(usage, name, None)
    return count(usage)
