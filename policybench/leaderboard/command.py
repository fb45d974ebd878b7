"""The command that makes a submission's run again."""

from __future__ import annotations

import shlex

from policybench.leaderboard.schema import OptionValue, SubmittedManifest, SubmittedPlugin


def command_of(manifest: SubmittedManifest) -> str:
    """``policybench run ...`` with every option that differs from its default, quoted for a shell."""
    protocol = manifest.protocol
    words = ["policybench", "run", "--principal", manifest.principal.name, "--env", manifest.environment.name]
    words += ["--protocol", protocol.name]
    if protocol.label != protocol.name:
        words += ["--seeds", str(len(protocol.seeds)), "--steps", str(protocol.steps)]
    return shlex.join(words + _options("-p", manifest.principal) + _options("-e", manifest.environment))


def _options(flag: str, plugin: SubmittedPlugin) -> list[str]:
    return [word for name in plugin.changed for word in (flag, f"{name}={_text(plugin.options[name])}")]


def _text(value: OptionValue) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(repr, value)) if isinstance(value, list) else str(value)
