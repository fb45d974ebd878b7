"""The group of all commands: the core's own, and those that plugins announce and that are imported when used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from policybench.blame import blamed_on
from policybench.errors import InputError

if TYPE_CHECKING:
    from policybench.plugins import Registry


_RUNNING = "policybench.cli.plugin_commands"
"""Where a context keeps whose command it runs, if it is a plugin's."""


class _Announced(click.Command):
    """Stands for a plugin's command in ``--help``."""


class ExtensibleGroup(click.Group):
    """A group to which plugins add commands; the core's own names are taken."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, the plugins' after the core's."""
        return [*super().list_commands(ctx), *(name for name in _announced() if name not in self.commands)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The core's command, or what stands for a plugin's."""
        own = super().get_command(ctx, cmd_name)
        if own is None and (clash := _registry().clashes.get(("command", cmd_name))):
            raise InputError(clash)
        if own is not None or cmd_name not in _announced():
            return own
        return _Announced(cmd_name, help=_announced()[cmd_name].spec.description)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command to run; a plugin's is imported here."""
        name, command, rest = super().resolve_command(ctx, args)
        if isinstance(command, _Announced):
            plugin = _announced()[str(command.name)]
            try:
                command = plugin.spec.load()
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a stranger's plugin may fail in any way
                raise InputError(
                    f"command {name} of {plugin.distribution} cannot be loaded: {type(error).__name__}: {error}"
                ) from None
            if not isinstance(command, click.Command):
                raise InputError(
                    f"command {name} of {plugin.distribution} cannot be used: "
                    f"{plugin.spec.command} is no click.Command"
                )
            ctx.meta[_RUNNING] = f"command {name!r} ({plugin.distribution} {plugin.version})"
        return name, command, rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what a plugin's raises is treated as what the core's commands raise.

        Raises:
            PluginError: a plugin's command failed in another way than commands do.
        """
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, OSError):
            raise
        except Exception:
            if _RUNNING not in ctx.meta:
                raise
            with blamed_on(ctx.meta[_RUNNING], "while it ran"):
                raise


def _announced() -> dict[str, Any]:
    return _registry().commands


def _registry() -> Registry:
    from policybench.plugins import registry

    return registry()
