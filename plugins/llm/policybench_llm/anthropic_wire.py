"""The wire of the Anthropic SDK: Anthropic itself and every server that speaks its messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import anthropic
from anthropic.types import Message

from policybench_llm.anthropic_batches import AnthropicBatches
from policybench_llm.anthropic_replies import fault_of, reply_of
from policybench_llm.caching import in_blocks
from policybench_llm.http_client import make_client
from policybench_llm.prompt import Messages
from policybench_llm.wire import (
    FailedCallError,
    OverflowReplyError,
    Reply,
    Wire,
    WireSettings,
)

_WORDS = {
    "cache_control": ("cache_control",),
    "output_config": ("output_config", "output_format", "structured output", "schema"),
    "temperature": ("temperature",),
}


class AnthropicWire(Wire):
    """Messages."""

    words = _WORDS

    def __init__(self, settings: WireSettings) -> None:
        """Make the client; the key is the settings', or the SDK finds it."""
        super().__init__(settings)
        # The SDK has no argument for the temperature from 1.17 on; the body may still have it.
        self.parameters = {"cache_control": True, "temperature": settings.temperature}
        if "thinking" in settings.reasoning:  # which takes no temperature
            del self.parameters["temperature"]
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

    def call(self, messages: Messages, limit: int) -> Reply:
        """Ask the model."""
        sent, limit = self.sent(), self._at_most(limit)
        arguments = self._arguments(messages, limit, sent)
        try:
            if self._streams:
                with self._client.messages.stream(**arguments) as stream:
                    return reply_of(stream.get_final_message(), 0)
            response = self._client.messages.with_raw_response.create(**arguments)
        except anthropic.APIStatusError as error:
            location = error.response.headers.get("location", "")
            raise self._refused(error.status_code, fault_of(error), sent, location, limit) from None
        except anthropic.APITimeoutError:
            raise FailedCallError(f"no answer within {self._settings.timeout:g} seconds") from None
        except anthropic.APIConnectionError as error:
            raise FailedCallError(f"no connection: {error.__cause__ or error}") from None
        except anthropic.AnthropicError as error:
            raise FailedCallError(str(error)) from None
        try:
            reply = reply_of(response.parse(), response.retries_taken)
        except (anthropic.AnthropicError, AttributeError, LookupError, TypeError, ValueError):
            text = response.http_response.text
            if text.lstrip().startswith(("data:", "event:")):
                raise self._stream_from_now_on("it answered in one unasked") from None
            raise FailedCallError(f"the response is no message: {text}") from None
        return _fitting(reply)

    def body(self, messages: Messages, limit: int) -> dict[str, Any]:
        """The same call as a JSON object."""
        arguments = self._arguments(messages, self._at_most(limit), self.sent())
        extra: dict[str, Any] = arguments.pop("extra_body")
        return {**arguments, **extra}

    def read(self, body: Mapping[str, Any]) -> Reply:
        """The reply in a message."""
        try:
            return _fitting(reply_of(Message.construct(**body), 0))
        except (AttributeError, LookupError, TypeError, ValueError):
            raise FailedCallError(f"the response is no message: {body}") from None

    def batches(self) -> AnthropicBatches:
        """Batches of such calls."""
        return AnthropicBatches(self._client, self._poll_timeout)

    def _arguments(self, messages: Messages, limit: int, sent: dict[str, Any]) -> dict[str, Any]:
        mark = "cache_control" in sent
        body = {name: value for name, value in sent.items() if name != "cache_control"}
        for name, value in self._settings.reasoning.items():
            body[name] = {**body.get(name, {}), **value}
        arguments: dict[str, Any] = {
            "model": self._settings.model,
            "max_tokens": limit + self._settings.thinking_budget,
            "messages": [
                # Only what grows from step to step is worth keeping; what is said in between is short.
                {**message, "content": in_blocks(message["content"], mark=mark and first)}
                for first, message in _others(messages)
            ],
            "extra_body": {**body, **self._settings.extra},
        }
        system = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
        if system:
            arguments["system"] = system
        return arguments

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _fitting(reply: Reply) -> Reply:
    if reply.stop == "model_context_window_exceeded" and not reply.text:
        raise OverflowReplyError("the answer did not fit into the context window")
    return reply


def _others(messages: Messages) -> Iterator[tuple[bool, Mapping[str, str]]]:
    """All messages but the system's, and whether each is the first."""
    first = True
    for message in messages:
        if message["role"] != "system":
            yield first, message
            first = False
