"""The reference platform, on which rows must come out again in every byte, and what submissions state of theirs.

Outcomes of this project's own environments are meant to be the same bytes on every x86-64 processor with the
same versions of libraries (``policybench.store.platforms``), so that a platform is an architecture and some
versions. The file ``platform.json`` of a leaderboards' folder lists them; without it the machine that reads the
folder is the reference.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from policybench.errors import InputError
from policybench.leaderboard.schema import Submission, SubmittedMachine
from policybench.leaderboard.text import Fact, Name, shown_path
from policybench.plugins import registry
from policybench.store.faults import first_fault
from policybench.store.manifest import installed_versions, this_machine
from policybench.store.platforms import platform_differences

PLATFORM = "platform.json"

_VERSIONS = ("policybench", "numpy", "numba", "torch")
_NEEDED = ("python", "policybench", "numpy", "numba")
_MOST_BYTES = 100_000
_FILE: TypeAdapter[dict[str, list[str]]] = TypeAdapter(
    Annotated[dict[Name, Annotated[list[Fact], Field(min_length=1)]], Field(min_length=1, max_length=50)]
)


@dataclass(frozen=True)
class Reference:
    """The reference platform: for each fact, such as ``numpy``, the values whose rows are the same bytes there."""

    facts: dict[str, list[str]]

    def differences(self, submission: Submission) -> list[str]:
        """In what a submission's platform, as it states it, is not the reference; empty if it can be ranked."""
        machines = _machines(submission).values()
        stated = [facts_of(submission.manifest.versions, machine.architecture) for machine in machines]
        found = [
            f"{name} {facts[name]}, reference {' or '.join(allowed)}"
            for facts in stated
            for name, allowed in self.facts.items()
            if name in facts and facts[name] not in allowed
        ]
        missing = [f"{name} not stated" for facts in stated for name in _NEEDED if name not in facts]
        return [*dict.fromkeys(found + missing), *_environment_differences(submission)]


def facts_of(versions: Mapping[str, str], architecture: str) -> dict[str, str]:
    """What payoffs may depend on, by name: of Python the minor version, of torch without its kind of build."""
    facts = {"architecture": _ALIKE.get(architecture, architecture)}
    if "python" in versions:
        facts["python"] = ".".join(versions["python"].split(".")[:2])
    return facts | {name: versions[name].partition("+")[0] for name in _VERSIONS if name in versions}


_ALIKE = {"AMD64": "x86_64"}
"""One architecture by its name on Windows, and by its usual one."""


def this_platform() -> Reference:
    """The platform of this process as a reference."""
    return Reference(
        {name: [value] for name, value in facts_of(installed_versions(), this_machine().architecture).items()}
    )


def read_platform(root: Path) -> Reference:
    """The reference platform of a leaderboards' folder.

    Raises:
        InputError: its ``platform.json`` is damaged, or a symbolic link.
    """
    path = root / PLATFORM
    if path.is_symlink():
        raise InputError(f"{shown_path(path)}: is a symbolic link, which is not followed")
    if not path.exists():
        return this_platform()
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{shown_path(path)}: has more than the {_MOST_BYTES:,} bytes allowed")
        return Reference(_FILE.validate_json(path.read_bytes(), strict=True))
    except ValidationError as error:
        raise InputError(f"{shown_path(path)}: {first_fault(error)}") from None


def text_of(reference: Reference) -> str:
    """The content of ``platform.json``."""
    return json.dumps(reference.facts, indent=1) + "\n"


def differences(submission: Submission) -> list[str]:
    """In what this platform differs from the submission's, as far as payoffs may depend on it anywhere."""
    return list(dict.fromkeys(chain(*differences_by_seed(submission).values())))


def differences_by_seed(submission: Submission) -> dict[int, list[str]]:
    """The same for each seed, as the parts of a run may have been made on several machines."""
    versions, environment = submission.manifest.versions, _environment_differences(submission)
    return {
        seed: platform_differences(versions, machine) + environment
        for seed, machine in _machines(submission).items()
    }


def _machines(submission: Submission) -> dict[int, SubmittedMachine]:
    """The machine that made each seed."""
    manifest = submission.manifest
    made_on = dict.fromkeys(manifest.protocol.seeds, manifest.machine)
    return made_on | {seed: part.machine for part in manifest.parts for seed in part.seeds}


def _environment_differences(submission: Submission) -> list[str]:
    environment = submission.manifest.environment
    plugin = registry().environments.get(environment.name)
    if plugin is None or plugin.version == environment.version:
        return []
    return [f"{plugin.distribution} {environment.version}, here {plugin.version}"]
