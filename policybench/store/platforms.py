"""Whether two machines compute the same bytes.

Kernels use neither fast-math nor BLAS. Where they use fused multiply-adds the code says so, and these are rounded
once on every processor, with or without such instructions: a sum is the same on all machines. They take no
exponentials and logarithms from the C library, whose last digits depend on the processor
(``policybench.compiled.elementary``). So outcomes of environments made of such kernels are the same everywhere.
What differs is principals, and environments that use numpy's or torch's elementary functions and products of
matrices: their code depends on the processor's instruction sets. Python itself sums floats more exactly from 3.12
on. A run is continued only where nothing can differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from policybench.errors import InputError
from policybench.store.faults import shown
from policybench.store.manifest import LIBRARIES, installed_versions, this_machine


class RecordedMachine(Protocol):
    """What a manifest says of a machine, as far as numbers depend on it."""

    @property
    def system(self) -> str:
        """The operating system."""

    @property
    def architecture(self) -> str:
        """The processor's family."""

    @property
    def libc(self) -> str:
        """The C library."""

    @property
    def simd(self) -> Sequence[str]:
        """Instruction sets beyond the baseline."""


def platform_differences(versions: Mapping[str, str], machine: RecordedMachine) -> list[str]:
    """In what this platform differs from the one that a manifest records: ``numpy 2.1.0, here 2.2.0``.

    Args:
        versions: of Python and of libraries; one that only the manifest or only this platform has is left out, as
            it may be installed for something else.
        machine: what the manifest says of it.
    """
    here, installed = this_machine(), installed_versions()
    pairs = [
        ("system", machine.system, here.system),
        ("architecture", machine.architecture, here.architecture),
        ("C library", machine.libc, here.libc),
        ("instruction sets", " ".join(machine.simd), " ".join(here.simd)),
        ("Python", _minor(versions.get("python", "")), _minor(installed["python"])),
    ]
    pairs += [
        (name, versions[name], installed[name]) for name in LIBRARIES if name in versions and name in installed
    ]
    differing = [(name, found or "unknown", own or "unknown") for name, found, own in pairs if found != own]
    return [f"{name} {shown(found)}, here {own}" for name, found, own in differing]


def refuse_other_platform(path: Path, versions: Mapping[str, str], machine: RecordedMachine) -> None:
    """Raise ``InputError`` if a folder's measurement was begun where numbers may come out otherwise."""
    if differences := platform_differences(versions, machine):
        raise InputError(
            f"{path} was begun on another platform ({'; '.join(differences)}), where numbers may differ in "
            "their last digits; continue it there, or start over with --fresh"
        )


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
