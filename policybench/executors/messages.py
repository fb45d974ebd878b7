"""What comes back from a worker, in this order: ``Begun``, then steps and states, then one of the last four."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Begun:
    """The worker has begun.

    Attributes:
        versions: of Python and libraries there.
        machine: the manifest's entry of the worker's machine, as JSON.
        elsewhere: in what that machine differs from the one that made the steps so far; if in anything, they are
            made again.
    """

    versions: dict[str, str]
    machine: str
    elsewhere: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Doing:
    """What the worker does while it sends no steps."""

    text: str


@dataclass(frozen=True)
class Steps:
    """Finished steps.

    Attributes:
        lines: for the step log.
        payoffs: mean payoff over the seeds, a step each.
    """

    lines: bytes
    payoffs: list[float]


@dataclass(frozen=True)
class Saved:
    """A checkpoint, of the steps sent so far."""

    content: bytes


@dataclass(frozen=True)
class Noted:
    """What the principals appended to their transcript."""

    content: bytes


@dataclass(frozen=True)
class Finished:
    """All is done; the final evaluations as lines, and how many there are."""

    lines: bytes
    count: int


@dataclass(frozen=True)
class Failed:
    """The work cannot go on.

    Attributes:
        kind: ``failed`` if a plugin did, ``stopped`` if it may go on later, ``interrupted`` if the worker was
            asked to stop.
        line: what is wrong.
        traceback: where in the plugin's code; empty if the line says it all.
    """

    kind: Literal["failed", "stopped", "interrupted"]
    line: str
    traceback: str = ""


@dataclass(frozen=True)
class Refused:
    """The worker has other versions than the driver; nothing was done."""

    line: str


@dataclass(frozen=True)
class Died:
    """The worker ended without a word; an executor says so.

    Attributes:
        reason: as far as it is known: ``killed by signal 9``.
    """

    reason: str


Message = Begun | Doing | Steps | Saved | Noted | Finished | Failed | Refused | Died
"""Whatever a worker sends, or an executor says of it."""
