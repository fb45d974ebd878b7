"""Limits of calls and money, for all seeds of a run together, whenever it was continued."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from policybench import StopRunError
from policybench_llm.prices import FREE
from policybench_llm.prompt import Messages
from policybench_llm.settings import CallSettings
from policybench_llm.transcript import Transcript

_CHARACTERS_A_TOKEN = 2.5
"""Fewer than in any text that prompts are made of: the cost of a call under way is rather told too high."""


class Budget:
    """Refuses a call that could exceed a limit; calls under way count with the most that they may cost."""

    def __init__(self, transcript: Transcript, settings: CallSettings) -> None:
        """Take the limits from the settings; what was spent, the transcript knows."""
        self._transcript, self._settings, self._lock = transcript, settings, Lock()
        self._price = settings.price(batch=settings.batch) or FREE
        self._calls_under_way, self._cost_under_way = 0, 0.0

    @contextmanager
    def call(self, messages: Messages, limit: int, *, submitted: bool) -> Iterator[None]:
        """Around a call and its being written to the transcript.

        Args:
            messages: what is asked.
            limit: the longest answer, in tokens.
            submitted: whether it was handed in before, in a batch, so that nothing is left to refuse.

        Raises:
            StopRunError: the call could exceed a limit.
        """
        characters = sum(len(message["content"]) for message in messages)
        prompt, answer = int(characters / _CHARACTERS_A_TOKEN), limit + (self._settings.thinking_budget or 0)
        cost = max(self._price.of(prompt, answer), self._price.of(prompt, answer, written=prompt))
        with self._lock:
            if not submitted:
                self._check(cost)
            self._calls_under_way += 1
            self._cost_under_way += cost
        try:
            yield
        finally:
            with self._lock:
                self._calls_under_way -= 1
                self._cost_under_way -= cost

    def _check(self, cost: float) -> None:
        calls, usd = self._transcript.calls, self._transcript.usd
        max_calls, max_cost = self._settings.max_calls, self._settings.max_cost
        if max_calls is not None and calls + self._calls_under_way >= max_calls:
            raise StopRunError(f"-p max_calls={max_calls} is reached; a higher limit lets the run go on")
        if max_cost is not None and usd + self._cost_under_way + cost > max_cost:
            raise StopRunError(
                f"-p max_cost={max_cost:g} is reached: {calls} calls cost {usd:.4g} US dollars, and the next one "
                f"could cost {cost:.2g}; a higher limit lets the run go on"
            )
