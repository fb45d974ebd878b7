"""The wire of the OpenAI SDK: OpenAI itself and every server that speaks its chat completions."""

from __future__ import annotations

from typing import Any

import openai
from openai.types.chat import ChatCompletion

from policybench_llm.http_client import make_client
from policybench_llm.prompt import Messages
from policybench_llm.wire import FailedCallError, Reply, Wire, WireSettings, count

_WORDS = {
    "response_format": ("response_format", "schema", "structured output", "grammar", "requested parameters"),
    "temperature": ("temperature",),
    "max_completion_tokens": ("max_completion_tokens",),
    "max_tokens": ("max_tokens",),
}


class OpenAIWire(Wire):
    """Chat completions."""

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

    def call(self, messages: Messages) -> Reply:
        """Ask the model."""
        sent = self._sent()
        arguments: dict[str, Any] = {"model": self._settings.model, "messages": messages, **sent}
        try:
            response = self._client.chat.completions.with_raw_response.create(**arguments)
        except openai.APIStatusError as error:
            raise self._refused(
                error.status_code, _fault(error), _WORDS, sent, error.response.headers.get("location", "")
            ) from None
        except openai.APITimeoutError:
            raise FailedCallError(f"no answer within {self._settings.timeout:g} seconds") from None
        except openai.APIConnectionError as error:
            raise FailedCallError(f"no connection: {error.__cause__ or error}") from None
        except openai.OpenAIError as error:
            raise FailedCallError(str(error)) from None
        try:
            return _reply(response.parse(), response.retries_taken)
        except (openai.OpenAIError, AttributeError, LookupError, TypeError, ValueError):
            raise FailedCallError(f"the response is no chat completion: {response.http_response.text}") from None

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _give_up(self, name: str) -> None:
        value = self.parameters.pop(name)
        other = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}.get(name)
        if other is not None and not self._renamed:
            self.parameters[other] = value
            self._renamed = True


def _fault(error: openai.APIStatusError) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    details = [str(body[key]) for key in ("type", "code", "param", "message") if body.get(key)]
    return " ".join(details or [error.response.text])


def _reply(completion: ChatCompletion, retries: int) -> Reply:
    usage = completion.usage
    input_tokens = count(usage.prompt_tokens) if usage else 0
    output_tokens = count(usage.completion_tokens) if usage else 0
    model = str(completion.model or "")
    if len(completion.choices) == 0:
        return Reply("", model, input_tokens, output_tokens, stop=None, retries=retries)
    choice = completion.choices[0]
    return Reply(
        text=_text(choice.message.content) or choice.message.refusal or "",
        model=model,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        stop=choice.finish_reason and str(choice.finish_reason),
        cut=choice.finish_reason == "length",
        refused=bool(choice.message.refusal) or choice.finish_reason == "content_filter",
        retries=retries,
    )


def _text(content: Any) -> str:
    """The content of a message: a text, or, with some servers, a list of parts, of which some are text."""
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(part["text"] for part in content if part["type"] == "text")
