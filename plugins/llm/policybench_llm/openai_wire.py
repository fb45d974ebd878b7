"""The wire of the OpenAI SDK: OpenAI itself and every server that speaks its chat completions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import openai
from openai.types.chat import ChatCompletion

from policybench_llm.http_client import make_client
from policybench_llm.openai_batches import OpenAIBatches
from policybench_llm.openai_replies import fault_of, streamed_reply, whole_reply
from policybench_llm.prompt import Messages
from policybench_llm.wire import FailedCallError, Reply, UnsupportedReplyError, Wire, WireSettings

_WORDS = {
    "stream_options": ("stream_options", "include_usage"),
    "response_format": ("response_format", "schema", "structured output", "grammar", "requested parameters"),
    "temperature": ("temperature",),
    "max_completion_tokens": ("max_completion_tokens",),
    "max_tokens": ("max_tokens",),
}


class OpenAIWire(Wire):
    """Chat completions."""

    words = _WORDS

    def __init__(self, settings: WireSettings) -> None:
        """Make the client; the key is the settings', or the SDK finds it."""
        super().__init__(settings)
        self._renamed = False
        # Old servers know max_tokens alone, OpenAI's newer models max_completion_tokens alone.
        limit = "max_completion_tokens" if settings.base_url is None else "max_tokens"
        self.parameters = {limit: settings.max_tokens, "temperature": settings.temperature}
        if settings.schema is not None:
            schema = {"name": "action", "strict": True, "schema": dict(settings.schema)}
            self.parameters["response_format"] = {"type": "json_schema", "json_schema": schema}
        self._client = openai.OpenAI(
            api_key=settings.key,
            base_url=settings.base_url,
            timeout=settings.timeout,
            max_retries=settings.retries,
            http_client=make_client(openai.DefaultHttpxClient, on_this_machine=settings.on_this_machine),
        )

    @property
    def endpoint(self) -> str:
        """The address that answers."""
        return str(self._client.base_url)

    def call(self, messages: Messages, limit: int) -> Reply:
        """Ask the model."""
        sent, limit = self.sent(), self._at_most(limit)
        arguments = self._arguments(messages, limit, sent)
        if streams := self._streams:
            arguments["stream"] = True
        arguments["extra_body"] = {**self._settings.reasoning, **self._settings.extra}
        try:
            response = self._client.chat.completions.with_raw_response.create(**arguments)
        except openai.APIStatusError as error:
            location = error.response.headers.get("location", "")
            raise self._refused(error.status_code, fault_of(error), sent, location, limit) from None
        except openai.APITimeoutError:
            raise FailedCallError(f"no answer within {self._settings.timeout:g} seconds") from None
        except openai.APIConnectionError as error:
            raise FailedCallError(f"no connection: {error.__cause__ or error}") from None
        except openai.OpenAIError as error:
            raise FailedCallError(str(error)) from None
        if streams:
            return self._streamed(response)
        try:
            return whole_reply(response.parse(), response.retries_taken)
        except (openai.OpenAIError, AttributeError, LookupError, TypeError, ValueError):
            text = response.http_response.text
            if text.lstrip().startswith(("data:", "event:")):
                raise self._stream_from_now_on("it answered in one unasked") from None
            raise FailedCallError(f"the response is no chat completion: {text}") from None

    def body(self, messages: Messages, limit: int) -> dict[str, Any]:
        """The same call as a JSON object."""
        arguments = self._arguments(messages, self._at_most(limit), self.sent())
        arguments.pop("stream_options", None)
        return {**arguments, **self._settings.reasoning, **self._settings.extra}

    def read(self, body: Mapping[str, Any]) -> Reply:
        """The reply in a chat completion."""
        try:
            return whole_reply(ChatCompletion.construct(**body), 0)
        except (AttributeError, LookupError, TypeError, ValueError):
            raise FailedCallError(f"the response is no chat completion: {body}") from None

    def batches(self) -> OpenAIBatches:
        """Batches of such calls."""
        return OpenAIBatches(self._client, self._poll_timeout)

    def _arguments(self, messages: Messages, limit: int, sent: dict[str, Any]) -> dict[str, Any]:
        limits: dict[str, Any] = {name: limit for name in ("max_tokens", "max_completion_tokens") if name in sent}
        return {"model": self._settings.model, "messages": messages, **sent, **limits}

    def _stream_from_now_on(self, fault: str) -> UnsupportedReplyError:
        with self._lock:
            self.parameters["stream_options"] = {"include_usage": True}
        return super()._stream_from_now_on(fault)

    def _streamed(self, response: Any) -> Reply:
        try:
            return streamed_reply(response.parse(), response.retries_taken)
        except Exception as error:  # noqa: BLE001 - of the HTTP library too, which one depends on the SDK's version
            raise FailedCallError(f"the stream broke off: {error.__class__.__name__} {error}") from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _give_up(self, name: str) -> None:
        value = self.parameters.pop(name)
        other = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}.get(name)
        if other is not None and not self._renamed:
            self.parameters[other] = value
            self._renamed = True
