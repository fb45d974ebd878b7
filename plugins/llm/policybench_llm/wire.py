"""What every SDK's side of the wire offers: one call, and the ways in which it ends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from policybench_llm.batch_wire import BatchWire
from policybench_llm.prompt import Messages


@dataclass(frozen=True)
class Reply:
    """What a model answered.

    Attributes:
        text: its answer; empty if there is none.
        model: as the server names it; empty if it does not.
        input_tokens: tokens of the prompt, cached ones included; 0 if the server does not count.
        output_tokens: tokens of the answer, thinking included; likewise.
        reasoning_tokens: those of them that were thinking.
        cached_tokens: tokens of the prompt that came from the provider's cache.
        written_tokens: tokens of the prompt that were put there.
        stop: why it ended, in the server's words.
        cut: whether it was cut off at its longest.
        refused: whether the model refused.
        retries: how often the SDK repeated the call.
    """

    text: str
    model: str
    input_tokens: int
    output_tokens: int
    stop: str | None
    cut: bool = False
    refused: bool = False
    retries: int = 0
    reasoning_tokens: int = 0
    cached_tokens: int = 0
    written_tokens: int = 0


class OverflowReplyError(Exception):
    """The prompt is too long for the model."""


class UnsupportedReplyError(Exception):
    """The server refused a parameter; the next call is made without it."""


class FailedCallError(Exception):
    """No answer, and none is to be expected soon: every repetition failed, or none makes sense."""


@dataclass(frozen=True)
class WireSettings:
    """What all calls have in common.

    Attributes:
        schema: of answers; None where they are free text.
        reasoning: fields that say how much the model may think.
        thinking_budget: tokens of thinking, beside those of the answer.
        extra: fields that the user adds to every request.
    """

    model: str
    base_url: str | None
    key: str | None
    temperature: float
    max_tokens: int
    schema: Mapping[str, Any] | None
    timeout: float
    retries: int
    on_this_machine: bool
    reasoning: Mapping[str, Any] = field(default_factory=dict)
    thinking_budget: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)


class Wire(ABC):
    """Calls a model through one SDK, which repeats calls that failed on the way by its own means."""

    parameters: dict[str, Any]
    """Parameters of calls that not every server knows; one that is refused is left out from then on. A call keeps
    in mind what it sent: another seed's may find out at the same time."""

    words: Mapping[str, tuple[str, ...]]
    """For each parameter, words that name it in a server's messages."""

    def __init__(self, settings: WireSettings) -> None:
        """Keep the settings; subclasses make the SDK's client."""
        self._settings, self._lock = settings, Lock()
        self._streams = False
        self._longest: int | None = None
        self._poll_timeout = min(settings.timeout, _POLL_TIMEOUT)

    @abstractmethod
    def call(self, messages: Messages, limit: int) -> Reply:
        """Ask the model.

        Args:
            messages: what to ask.
            limit: the longest answer, in tokens, thinking under a budget not included.

        Raises:
            OverflowReplyError: the prompt is too long.
            UnsupportedReplyError: the server refused a parameter.
            FailedCallError: there is no answer.
        """

    @abstractmethod
    def body(self, messages: Messages, limit: int) -> dict[str, Any]:
        """The same call as a JSON object, to be part of a batch."""

    @abstractmethod
    def read(self, body: Mapping[str, Any]) -> Reply:
        """The reply in the JSON object of a response.

        Raises:
            OverflowReplyError: the answer did not fit beside the prompt.
            FailedCallError: it is no reply.
        """

    @abstractmethod
    def batches(self) -> BatchWire:
        """Batches of such calls."""

    def refusal(self, status: int, fault: str, sent: Mapping[str, Any], limit: int) -> Exception:
        """What a refusal means that came in a batch, or of one; see ``_refused``."""
        return self._refused(status, fault, sent, limit=limit)

    def sent(self) -> dict[str, Any]:
        """The parameters that a call has now."""
        with self._lock:
            return dict(self.parameters)

    @property
    @abstractmethod
    def endpoint(self) -> str:
        """The address that answers."""

    @abstractmethod
    def close(self) -> None:
        """Close the connections."""

    def _refused(
        self,
        status: int,
        fault: str,
        sent: Mapping[str, Any],
        location: str = "",
        limit: int = 0,
    ) -> Exception:
        """What an HTTP error means.

        Args:
            status: of the response.
            fault: what the server says.
            sent: the parameters of the call.
            location: where a redirect leads.
            limit: the longest answer that the call allowed.
        """
        if 300 <= status < 400:
            address = next((location.removesuffix(path) for path in _PATHS if location.endswith(path)), location)
            return FailedCallError(
                f"HTTP {status}: {self.endpoint} sends requests on to {location or 'nowhere'}; "
                f"if you trust it, give -p base_url={address or 'ADDRESS'}"
            )
        said = fault.lower()
        if status in (400, 422) and limit > self._settings.max_tokens and _has(said, (*_OVERFLOW, *_LIMITS)):
            with self._lock:
                self._longest = limit // 2
            return UnsupportedReplyError(f"the server does not take an answer of {limit} tokens: {fault}")
        if status in (400, 422) and not self._streams and "stream" in said:
            return self._stream_from_now_on(fault)
        if status in (400, 413, 422) and _has(said, _OVERFLOW):
            return OverflowReplyError(fault)
        if status in _REFUSING:
            for name, names in self.words.items():
                if name in sent and _has(said, names):
                    with self._lock:
                        if name in self.parameters:
                            self._give_up(name)
                    return UnsupportedReplyError(f"the server does not take {name}: {fault}")
        return FailedCallError(fault if fault.startswith("HTTP ") else f"HTTP {status}: {fault}")

    def _stream_from_now_on(self, fault: str) -> UnsupportedReplyError:
        """For a server that answers in streams alone: the next call asks for one."""
        self._streams = True
        return UnsupportedReplyError(f"the server only streams: {fault}")

    def _at_most(self, limit: int) -> int:
        return limit if self._longest is None else min(limit, self._longest)

    def _give_up(self, name: str) -> None:
        self.parameters.pop(name)


def count(tokens: object) -> int:
    """A number of tokens as a server tells it; 0 if it is none."""
    return tokens if isinstance(tokens, int) and tokens >= 0 else 0


def _has(said: str, words: tuple[str, ...]) -> bool:
    return any(word in said for word in words)


_POLL_TIMEOUT = 60.0
"""Seconds that a server may be silent when it is asked how far a batch is: it has little to say."""

_LIMITS = ("max_tokens", "max_completion_tokens")

_PATHS = ("/chat/completions", "/v1/messages")

_REFUSING = (400, 404, 422, 500, 501)
"""Statuses with which servers refuse a parameter, whatever the standard says."""

_OVERFLOW = (
    "exceed_context_size",
    "context_length_exceeded",
    "context length",
    "context size",
    "context window",
    "maximum context",
    "prompt is too long",
    "input is too long",
    "input token count",
    "request_too_large",
)
