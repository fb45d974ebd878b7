"""``manifest.json``: everything that a run was made with."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from policybench.protocol import MOST_SEEDS, MOST_STEPS
from policybench.store.records import Number

_MOST_EVALUATIONS = 100_000


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds characters that cannot be printed")
    return text


def _distinct(seeds: list[int]) -> list[int]:
    if len(set(seeds)) < len(seeds):
        raise ValueError("has a seed twice")
    return seeds


Text = Annotated[str, Field(max_length=500), AfterValidator(_printable)]
Seeds = Annotated[
    list[Annotated[int, Field(ge=0, lt=2**53)]],
    Field(min_length=1, max_length=MOST_SEEDS),
    AfterValidator(_distinct),
]

LIBRARIES = ("policybench", "numpy", "numba", "scipy", "torch")
"""Those whose versions numbers may depend on."""


class PluginEntry(BaseModel):
    """A principal or an environment, with the distribution and entry point that brought it, and all options.

    ``variant`` is the name and those options that differ from their defaults, as it stands in folders and tables.
    """

    model_config = ConfigDict(extra="forbid")

    name: Text
    variant: Text
    distribution: Text
    version: Text
    entry_point: Text
    options: dict[str, Any]


class PartEntry(BaseModel):
    """Which part of a run this is, the first being number 1; ``seeds`` are those of the whole run."""

    model_config = ConfigDict(extra="forbid")

    number: int = Field(ge=1, le=MOST_SEEDS)
    count: int = Field(ge=1, le=MOST_SEEDS)
    seeds: Seeds


class ProtocolEntry(BaseModel):
    """The protocol with its numbers; ``label`` names the folder.

    ``final_evaluations`` is the fewest a seed (``policybench.final_evaluations``).
    ``final_options`` are the environment's options that differ while final recommendations are evaluated.
    ``part`` is absent from a whole run.
    """

    model_config = ConfigDict(extra="forbid")

    name: Text
    label: Text
    seeds: Seeds
    steps: int = Field(ge=1, le=MOST_STEPS)
    final_evaluations: int = Field(ge=1, le=_MOST_EVALUATIONS)
    final_options: dict[str, Any]
    part: PartEntry | None = Field(default=None, exclude_if=lambda part: part is None)


class ReferencePayoffs(BaseModel):
    """The environment's floor and ceiling at the time of the run; null where they were never measured."""

    model_config = ConfigDict(extra="forbid")

    floor: Number | None
    ceiling: Number | None


class Machine(BaseModel):
    """Where the run was made: results are equal in every byte on machines of one platform.

    ``simd`` are the instruction sets beyond the baseline that numpy found; the system's and numpy's elementary
    functions choose their code by them.
    """

    model_config = ConfigDict(extra="forbid")

    system: str
    architecture: str
    processor: str
    libc: str
    cores: int
    simd: list[str] = Field(default_factory=list)


class JoinedPart(BaseModel):
    """A part that a run was joined from: its seeds, and where and when they were made."""

    model_config = ConfigDict(extra="forbid")

    seeds: Seeds
    machine: Machine
    created: datetime
    finished: datetime


class Manifest(BaseModel):
    """Configuration, versions, machine and status of a run; schema version 2.

    ``final_lines`` is the number of lines of ``final.jsonl``, once the run is finished. ``hosted`` says that the
    principal's decisions came from a service that nobody can pin. ``parts`` are those that the run was joined
    from; the field is absent where it was made in one piece. ``external`` says that the principal is no plugin but
    a learner of its own program (``policybench.gymnasium``): no command makes the run again, but every row of it
    can be evaluated again.
    """

    model_config = ConfigDict(extra="forbid")

    schema_version: Literal[2] = 2
    status: Literal["running", "finished"]
    principal: PluginEntry
    environment: PluginEntry
    protocol: ProtocolEntry
    reference: ReferencePayoffs
    versions: dict[Text, Text]
    machine: Machine
    hosted: bool = False
    external: bool = Field(default=False, exclude_if=lambda external: not external)
    created: datetime
    finished: datetime | None = None
    final_lines: Annotated[int, Field(ge=0, le=_MOST_EVALUATIONS * MOST_SEEDS)] | None = None
    parts: list[JoinedPart] = Field(default_factory=list, exclude_if=lambda parts: not parts)

    def configuration(self) -> dict[str, Any]:
        """What must agree for a run to be continued."""
        return self.model_dump(include={"principal", "environment", "protocol"})

    def whole(self) -> Manifest:
        """The same with the protocol of the run that this is a part of; itself if it is no part."""
        protocol = self.protocol
        part = protocol.part
        if part is None:
            return self
        label = protocol.label.removesuffix(f"-part-{part.number}-of-{part.count}")
        whole = protocol.model_copy(update={"label": label, "seeds": part.seeds, "part": None})
        return self.model_copy(update={"protocol": whole})


def now() -> datetime:
    """The present time in UTC, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def installed_versions() -> dict[str, str]:
    """Versions of Python and of the libraries that numbers depend on, as far as they are installed."""
    return dict(_installed_versions())


@cache
def _installed_versions() -> dict[str, str]:
    """Looked up once: it takes some milliseconds, and a worker asks for each part of a run."""
    versions = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def this_machine() -> Machine:
    """The machine that this process runs on."""
    return Machine(
        system=platform.system(),
        architecture=platform.machine(),
        processor=_processor(),
        libc=" ".join(platform.libc_ver()).strip(),
        cores=os.cpu_count() or 1,
        simd=list(np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])),
    )


def _processor() -> str:
    # platform.processor() is empty on most Linux systems.
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123
            return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor()
