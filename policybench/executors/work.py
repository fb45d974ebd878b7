"""A piece of a run for a worker: a whole run, or a part of one, from wherever it stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policybench.harness.plan import Request


@dataclass(frozen=True)
class Work:
    """What a worker is to do; it can be pickled.

    Attributes:
        key: names it among the messages.
        request: the run, with its part.
        configuration: plugins, options and protocol as the driver's manifest has them.
        versions: of Python and of libraries at the driver's.
        manifest: what the steps so far were made with, as JSON; None if there are none.
        may_restart: whether all is made again if the worker's platform is not that of the steps so far.
        folder: the driver's folder of the piece.
        files: the content of its files by name, for workers that do not see the folder; None for those that do.
        seconds_between: at which distance steps are sent; those between go together.
    """

    key: str
    request: Request
    configuration: dict[str, Any]
    versions: dict[str, str]
    manifest: str | None
    may_restart: bool
    folder: Path
    files: dict[str, bytes] | None
    seconds_between: float
