"""The connection to a model: made when it is first asked, with the local model behind it if it is that one."""

from __future__ import annotations

from threading import Lock

from policybench_llm.answers import schema_of
from policybench_llm.local_model import LocalModel
from policybench_llm.settings import CallSettings
from policybench_llm.wire import Wire, WireSettings


class Connection:
    """Holds what must be closed. Safe to use from several threads."""

    def __init__(self, settings: CallSettings) -> None:
        """Keep the settings; nothing is started yet."""
        self._settings, self._lock = settings, Lock()
        self._wire: Wire | None = None
        self._model: LocalModel | None = None

    def wire(self) -> Wire:
        """The wire; raises ``StopRunError`` if the local model does not start."""
        with self._lock:
            if self._wire is None:
                self._wire = self._connect()
            return self._wire

    def close(self) -> None:
        """Close the connections and stop the local model."""
        with self._lock:
            if self._wire is not None:
                self._wire.close()
            if self._model is not None:
                self._model.close()
            self._wire = self._model = None

    def _connect(self) -> Wire:
        settings = self._settings
        provider = settings.provider
        base_url = provider.base_url
        if provider.local:
            self._model = LocalModel(settings.weights)
            base_url = self._model.base_url(provider.sdk)
        wire_settings = WireSettings(
            model=provider.model,
            base_url=base_url,
            key=provider.find_key(),
            temperature=settings.temperature,
            max_tokens=settings.max_tokens,
            schema=schema_of(settings.names) if settings.schema else None,
            timeout=settings.timeout,
            retries=settings.retries,
            on_this_machine=provider.on_this_machine,
            reasoning=settings.reasoning,
            thinking_budget=settings.thinking_budget or 0,
            extra=settings.extra,
        )
        # The SDKs take long to import, and only one of them is needed.
        if provider.sdk == "anthropic":
            from policybench_llm.anthropic_wire import AnthropicWire

            return AnthropicWire(wire_settings)
        from policybench_llm.openai_wire import OpenAIWire

        return OpenAIWire(wire_settings)
