"""``policybench list``."""

from __future__ import annotations

import json

import click


class Kind(click.Choice[str]):
    """One of the kinds; the singular will do."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The plural."""
        return super().convert(f"{value}s" if f"{value}s" in self.choices else value, param, ctx)


@click.command("list")
@click.argument(
    "kind",
    required=False,
    metavar="[principals|environments|executors|observers]",
    type=Kind(["principals", "environments", "executors", "observers"]),
)
@click.option("--wide", is_flag=True, help="Show every column, in lines as long as they get.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_command(kind: str | None, wide: bool, as_json: bool) -> None:
    """List the installed principals, environments, executors and observers."""
    from policybench.plugins import registry

    found = registry()
    rows = [
        {
            "kind": name,
            "name": plugin.spec.name,
            "description": plugin.spec.description,
            "distribution": plugin.distribution,
            "version": plugin.version,
        }
        for name, plugins in (
            ("principal", found.principals),
            ("environment", found.environments),
            ("executor", found.executors),
            ("observer", found.observers),
        )
        for plugin in plugins.values()
        if kind in (None, f"{name}s")
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    if not rows:
        names = "policybench-trackers" if kind == "observers" else "policybench-bandits policybench-harvest"
        click.echo(f"No {kind or 'plugins'} are installed; begin with: pip install {names}")
        return
    from tabulate import tabulate

    from policybench.cli.layout import narrow

    if wide:
        click.echo(tabulate([list(row.values()) for row in rows], list(rows[0]), disable_numparse=True))
        return
    columns = ("kind", "name", "description")
    click.echo(narrow(columns, [[row[column] for column in columns] for row in rows]))
    click.echo("\n--wide shows distributions and versions too.")
