"""The command that makes a submission's run again."""

from __future__ import annotations

from typing import Any

from policybench.leaderboard.schema import SubmittedManifest, SubmittedPlugin
from policybench.recorded import run_command


def command_of(manifest: SubmittedManifest) -> str:
    """``policybench run ...`` with every option that the submission names as changed, quoted for a shell.

    No command makes the run of an external learner again; a sentence says so.
    """
    if manifest.external:
        return f"none: a learner of {manifest.principal.distribution} {manifest.principal.version}, recorded"
    return run_command(_changed(manifest.principal), _changed(manifest.environment), manifest.protocol)


def _changed(plugin: SubmittedPlugin) -> tuple[str, dict[str, Any]]:
    return plugin.name, {name: plugin.options[name] for name in plugin.changed}
