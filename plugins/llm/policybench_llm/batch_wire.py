"""What every SDK's side of the wire offers for batches: many calls handed in together and answered later."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from policybench_llm.http_client import wait_asked_for

_ID = re.compile(r"[A-Za-z0-9_.-]{1,200}")

_PASSING = (0, 408, 409, 425, 429)
"""Statuses, beside those from 500 on, that may be another one a little later; 0 stands for no response."""

_UNREAD = (425, 429)
"""Statuses of requests that were turned away at the door."""


@dataclass(frozen=True)
class BatchState:
    """How far a batch is.

    Attributes:
        name: in the server's words.
        ended: whether nothing more will happen to it.
        done: calls that have ended in whatever way.
        fault: why it could not begin; empty if it could.
    """

    name: str
    ended: bool
    done: int
    fault: str = ""


@dataclass(frozen=True)
class BatchResult:
    """What became of one call of a batch.

    Attributes:
        status: of the response, as HTTP has them; 0 if the call was never made.
        body: the response's JSON object; None if there is no answer.
        fault: why there is none, in the server's words.
    """

    status: int
    body: Mapping[str, Any] | None
    fault: str = ""

    @property
    def undone(self) -> bool:
        """Whether the call may succeed if it is made again as it is."""
        return self.body is None and may_pass(self.status, self.fault)


class BatchFaultError(Exception):
    """A request about a batch failed.

    Attributes:
        status: of the response, as HTTP has them; 0 if there was none that could be read.
        wait: seconds that the server asks to wait.
    """

    def __init__(self, fault: str, *, status: int = 0, wait: float = 0.0) -> None:
        super().__init__(fault)
        self.status, self.wait = status, wait

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed later."""
        return may_pass(self.status, str(self))

    @property
    def unsure(self) -> bool:
        """Whether the request may have been carried out all the same."""
        return self.passing and self.status not in _UNREAD


class BatchWire(ABC):
    """Requests about batches, each made once: who waits for hours has a better notion of when to ask again."""

    labels: bool
    """Whether the list of batches tells whose a batch is, by the token that it was handed in with."""

    @abstractmethod
    def submit(self, token: str, bodies: Mapping[str, Mapping[str, Any]]) -> str:
        """Hand in a batch.

        Args:
            token: letters and digits that belong to this batch alone.
            bodies: the calls as JSON objects, by their names, which begin with the token.

        Returns:
            The server's name for the batch.

        Raises:
            BatchFaultError: it was refused, or nobody knows.
        """

    @abstractmethod
    def find(self, token: str, since: datetime, calls: int) -> list[str]:
        """Batches that may be the one with this token; where the list does not tell, those that look like it.

        Args:
            token: that it was handed in with.
            since: when it was handed in at the earliest.
            calls: how many it has.

        Raises:
            BatchFaultError: there is no list.
        """

    @abstractmethod
    def state(self, batch: str) -> BatchState:
        """How far a batch is; raises ``BatchFaultError`` if the server does not tell."""

    @abstractmethod
    def results(self, batch: str) -> dict[str, BatchResult]:
        """What became of the calls of a batch that has ended, by their names, in no order; some may be missing.

        Raises:
            BatchFaultError: the results cannot be read.
        """


def may_pass(status: int, fault: str) -> bool:
    """Whether a failure may be gone later: a server that is busy, but not an account that is empty."""
    return (status in _PASSING or (status >= 500 and status != 501)) and "insufficient_quota" not in fault


def checked_id(name: object) -> str:
    """A server's name for something, fit to be part of an address.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(name, str) or not _ID.fullmatch(name) or ".." in name:
        raise ValueError(f"its id is {name!r}")
    return name


def read_results(text: str, read: Callable[[Mapping[str, Any]], BatchResult]) -> Iterator[tuple[str, BatchResult]]:
    """Names and results of all lines.

    Args:
        text: JSON lines.
        read: reads one.

    Raises:
        ValueError: a line cannot be read.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                content = json.loads(line)
                yield str(content["custom_id"]), read(content)
            except (AttributeError, LookupError, TypeError, ValueError):
                raise ValueError(f"line {number} of its results cannot be read: {line}") from None


def by_name(results: Sequence[tuple[str, BatchResult]]) -> dict[str, BatchResult]:
    """Results by name; of several with one name the first answer is kept, or else the first failure."""
    found: dict[str, BatchResult] = {}
    for name, result in results:
        if name not in found or (found[name].body is None and result.body is not None):
            found[name] = result
    return found


@contextmanager
def faults_of(sdk: Any, base: type[Exception], describe: Callable[[Any], str]) -> Iterator[None]:
    """Around a request: raises ``BatchFaultError`` for whatever fails.

    Args:
        sdk: the SDK's module.
        base: of all its errors.
        describe: what a server says in an error.
    """
    try:
        yield
    except sdk.APIStatusError as error:
        fault = f"HTTP {error.status_code}: {describe(error)}"
        wait = wait_asked_for(error.response.headers)
        raise BatchFaultError(fault, status=error.status_code, wait=wait) from None
    except sdk.APITimeoutError:
        raise BatchFaultError("no answer in time") from None
    except sdk.APIConnectionError as error:
        raise BatchFaultError(f"no connection: {error.__cause__ or error}") from None
    except (base, AttributeError, LookupError, TypeError, ValueError) as error:
        raise BatchFaultError(f"the response cannot be read: {error}") from None
