"""The wire of the Anthropic SDK: Anthropic itself and every server that speaks its messages."""

from __future__ import annotations

from typing import Any

import anthropic
from anthropic.types import Message

from policybench_llm.http_client import make_client
from policybench_llm.prompt import Messages
from policybench_llm.wire import (
    FailedCallError,
    OverflowReplyError,
    Reply,
    Wire,
    WireSettings,
    count,
)

_WORDS = {
    "output_config": ("output_config", "output_format", "structured output", "schema"),
    "temperature": ("temperature",),
}


class AnthropicWire(Wire):
    """Messages."""

    def __init__(self, settings: WireSettings) -> None:
        """Make the client; the key is the settings', or the SDK finds it."""
        super().__init__(settings)
        # The SDK has no argument for the temperature from 1.17 on; the body may still have it.
        self.parameters = {"temperature": settings.temperature}
        if settings.schema is not None:
            self.parameters["output_config"] = {"format": {"type": "json_schema", "schema": dict(settings.schema)}}
        self._client = anthropic.Anthropic(
            api_key=settings.key,
            base_url=settings.base_url,
            timeout=settings.timeout,
            max_retries=settings.retries,
            http_client=make_client(anthropic.DefaultHttpxClient, on_this_machine=settings.on_this_machine),
        )

    @property
    def endpoint(self) -> str:
        """The address that answers."""
        return str(self._client.base_url)

    def call(self, messages: Messages) -> Reply:
        """Ask the model."""
        sent = self._sent()
        system = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
        arguments: dict[str, Any] = {
            "model": self._settings.model,
            "max_tokens": self._settings.max_tokens,
            "messages": [message for message in messages if message["role"] != "system"],
            "extra_body": sent,
        }
        if system:
            arguments["system"] = system
        try:
            response = self._client.messages.with_raw_response.create(**arguments)
        except anthropic.APIStatusError as error:
            raise self._refused(
                error.status_code, _fault(error), _WORDS, sent, error.response.headers.get("location", "")
            ) from None
        except anthropic.APITimeoutError:
            raise FailedCallError(f"no answer within {self._settings.timeout:g} seconds") from None
        except anthropic.APIConnectionError as error:
            raise FailedCallError(f"no connection: {error.__cause__ or error}") from None
        except anthropic.AnthropicError as error:
            raise FailedCallError(str(error)) from None
        try:
            reply = _reply(response.parse(), response.retries_taken)
        except (anthropic.AnthropicError, AttributeError, LookupError, TypeError, ValueError):
            raise FailedCallError(f"the response is no message: {response.http_response.text}") from None
        if reply.stop == "model_context_window_exceeded" and not reply.text:
            raise OverflowReplyError("the answer did not fit into the context window")
        return reply

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _fault(error: anthropic.APIStatusError) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    inner = body.get("error")
    inner = inner if isinstance(inner, dict) else {}
    details = [str(inner[key]) for key in ("type", "code", "message") if inner.get(key)]
    return " ".join(details or [error.response.text])


def _reply(message: Message, retries: int) -> Reply:
    usage = message.usage
    return Reply(
        text="".join(block.text or "" for block in message.content if block.type == "text"),
        model=str(message.model or ""),
        # Without the cached ones the count says nothing about the size of the prompt.
        input_tokens=sum(
            map(count, (usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens))
        ),
        output_tokens=count(usage.output_tokens),
        stop=message.stop_reason and str(message.stop_reason),
        cut=message.stop_reason in ("max_tokens", "model_context_window_exceeded"),
        refused=message.stop_reason == "refusal",
        retries=retries,
    )
