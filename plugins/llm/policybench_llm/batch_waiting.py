"""Waits for batches, which may take a day, and says so; a server that is away for a while is asked again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TypeVar

from policybench import StopRunError
from policybench.redaction import Redactor
from policybench_llm.batch_wire import BatchFaultError, BatchState

_LOG = logging.getLogger("policybench.llm")

T = TypeVar("T")

SHORTEST, LONGEST = 1.0, 60.0
"""Seconds between two questions for the state: a tenth of the time waited so far, within these bounds."""

PATIENCE = 3600.0
"""Seconds without any sign of life of the server after which the run stops; the batch is taken up again later."""

_FIRST_WORD, _MOST_SILENT = 10.0, 600.0
"""Seconds of waiting after which it is mentioned first, and after which it is mentioned again at the latest."""


class Waiting:
    """Waits, unless the run ends. Safe to use from several threads."""

    def __init__(self, model: str, redact: Redactor) -> None:
        """Take the model's name, for messages, and what keeps keys out of them."""
        self._model, self._redact, self._ended = model, redact, Event()

    @property
    def ended(self) -> bool:
        """Whether the run has ended."""
        return self._ended.is_set()

    def end(self) -> None:
        """The run ends: nobody waits any longer."""
        self._ended.set()

    def pause(self, seconds: float) -> None:
        """Wait so long; raises ``StopRunError`` if the run ends meanwhile."""
        if self._ended.wait(seconds):
            raise StopRunError("the run was interrupted")

    def say(self, text: str) -> None:
        """Show a line beside the run's progress."""
        _LOG.info("%s", self._redact.line(text))

    def stopped(self, fault: str) -> StopRunError:
        """What stops the run because of a fault."""
        return StopRunError(self._redact.line(f"model {self._model}: {fault}"))

    def patiently(self, about: str, ask: Callable[[], T]) -> T:
        """What a request gives, repeated as long as its failures may pass.

        Args:
            about: names the batch.
            ask: makes the request once.

        Raises:
            BatchFaultError: a failure that does not pass.
            StopRunError: there was no sign of life for too long, or the run ends.
        """
        begun, said = time.monotonic(), False
        while True:
            try:
                return ask()
            except BatchFaultError as fault:
                if not fault.passing:
                    raise
                silent = time.monotonic() - begun
                pause = max(_interval(silent), fault.wait)
                if silent + pause > PATIENCE:
                    raise self.stopped(f"{about}: not reached for {_duration(silent)}: {fault}") from None
                if not said:
                    self.say(f"{about}: {fault}; asked again until it answers")
                    said = True
            self.pause(pause)

    def until_ended(
        self, about: str, submitted: datetime, calls: int, ask: Callable[[], BatchState]
    ) -> BatchState:
        """The state in which a batch has ended.

        Args:
            about: names the batch.
            submitted: when it was handed in.
            calls: how many it has.
            ask: asks for its state once.

        Raises:
            BatchFaultError: the server does not tell, and never will.
            StopRunError: there was no sign of life for too long, or the run ends.
        """
        begun, last, next_word = time.monotonic(), "", _FIRST_WORD
        while True:
            state = self.patiently(about, ask)
            waited = time.monotonic() - begun
            since = (datetime.now(UTC) - submitted).total_seconds()
            if waited >= next_word or (last and state.name != last):
                self.say(f"{about}: {state.name}, {state.done} of {calls} calls done, {_duration(since)} so far")
                last, next_word = state.name, waited + min(max(waited, _FIRST_WORD), _MOST_SILENT)
            if state.ended:
                return state
            self.pause(_interval(waited))


def _interval(waited: float) -> float:
    return min(max(waited / 10, SHORTEST), LONGEST)


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=max(round(seconds), 0)))
