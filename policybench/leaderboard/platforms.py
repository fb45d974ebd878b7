"""Whether this machine computes the same bytes as the one that a submission was made on."""

from __future__ import annotations

from itertools import chain

from policybench.leaderboard.schema import Submission, SubmittedMachine
from policybench.plugins import registry
from policybench.store.platforms import platform_differences


def differences(submission: Submission) -> list[str]:
    """In what this platform differs from the submission's, as far as payoffs may depend on it."""
    return list(dict.fromkeys(chain(*differences_by_seed(submission).values())))


def differences_by_seed(submission: Submission) -> dict[int, list[str]]:
    """The same for each seed, as the parts of a run may have been made on several machines."""
    manifest = submission.manifest
    made_on = dict.fromkeys(manifest.protocol.seeds, manifest.machine)
    made_on |= {seed: part.machine for part in manifest.parts for seed in part.seeds}
    return {seed: _differences(submission, machine) for seed, machine in made_on.items()}


def _differences(submission: Submission, machine: SubmittedMachine) -> list[str]:
    manifest = submission.manifest
    found = platform_differences(manifest.versions, machine)
    plugin = registry().environment(manifest.environment.name)
    if plugin.version != manifest.environment.version:
        found.append(f"{plugin.distribution} {manifest.environment.version}, here {plugin.version}")
    return found
