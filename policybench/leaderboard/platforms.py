"""Whether two machines compute the same bytes.

Kernels use neither fast-math nor BLAS. Where they use fused multiply-adds the code says so, and these are rounded
once on every processor, with or without such instructions: a sum is the same on all machines. What differs is
elementary functions (exp, log): they come from the system's C library and from numpy, whose code depends on the
processor's instruction sets, and from the compilers behind numba. Python itself sums floats more exactly from 3.12
on.
"""

from __future__ import annotations

from policybench.leaderboard.schema import Submission
from policybench.plugins import registry
from policybench.store.manifest import installed_versions, this_machine

_LIBRARIES = ("policybench", "numpy", "numba", "scipy", "torch")


def differences(submission: Submission) -> list[str]:
    """In what this platform differs from the submission's, as far as payoffs may depend on it."""
    manifest, here = submission.manifest, this_machine()
    there = manifest.machine
    pairs: list[tuple[str, str, str]] = [
        ("system", there.system, here.system),
        ("architecture", there.architecture, here.architecture),
        ("C library", there.libc, here.libc),
        ("instruction sets", " ".join(there.simd), " ".join(here.simd)),
    ]
    versions = installed_versions()
    pairs.append(("Python", _minor(manifest.versions.get("python", "")), _minor(versions["python"])))
    # torch may be missing where an environment does not need it: only what both have can differ.
    pairs += [
        (name, manifest.versions[name], versions[name])
        for name in _LIBRARIES
        if name in manifest.versions and name in versions
    ]
    plugin = registry().environment(manifest.environment.name)
    pairs.append((plugin.distribution, manifest.environment.version, plugin.version))
    return [f"{name} {found or 'unknown'}, here {own or 'unknown'}" for name, found, own in pairs if found != own]


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
