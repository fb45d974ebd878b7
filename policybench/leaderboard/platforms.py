"""Whether this machine computes the same bytes as the one that a submission was made on."""

from __future__ import annotations

from policybench.leaderboard.schema import Submission
from policybench.plugins import registry
from policybench.store.platforms import platform_differences


def differences(submission: Submission) -> list[str]:
    """In what this platform differs from the submission's, as far as payoffs may depend on it."""
    manifest = submission.manifest
    found = platform_differences(manifest.versions, manifest.machine)
    plugin = registry().environment(manifest.environment.name)
    if plugin.version != manifest.environment.version:
        found.append(f"{plugin.distribution} {manifest.environment.version}, here {plugin.version}")
    return found
