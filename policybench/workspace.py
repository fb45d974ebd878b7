"""What the harness hands to a principal that keeps files of its own, or shares something between seeds."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from policybench.store.names import TRANSCRIPT

if TYPE_CHECKING:
    from policybench.store.manifest import PluginEntry

T = TypeVar("T")


@dataclass
class Common:
    """What the principals of a run share: one object, and what is to be closed with it."""

    resources: ExitStack
    objects: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Workspace:
    """Where a principal works.

    Attributes:
        seed: the seed that it serves.
        folder: the run's folder, locked for this process. A principal may keep one file there, ``transcript``.
        environment: the environment of the run, as its manifest records it: name, variant and options.
        common: what the principals of the run share; see ``shared``.
        steps: the run's budget, in principal steps; None if it has no end.
    """

    seed: int
    folder: Path
    environment: PluginEntry
    common: Common
    steps: int | None = None

    @property
    def transcript(self) -> Path:
        """Where a principal may log its calls, those of all seeds in one file.

        A line with a list ``calls`` and without ``request`` is a note on these calls, which no reader counts.
        The file survives every interruption, and is removed when the run starts over.
        """
        return self.folder / TRANSCRIPT

    def shared(self, make: Callable[[], T]) -> T:
        """The one object that the principals of this run share; their spec says ``shares_between_seeds=True``.

        Args:
            make: makes it; only the first call's is used. If what it makes has a method ``close``, that is called
                when the run ends in whatever way, an interruption included.
        """
        if not self.common.objects:
            made = make()
            self.common.objects.append(made)
            if hasattr(made, "close"):
                self.common.resources.callback(made.close)
        shared: T = self.common.objects[0]
        return shared
