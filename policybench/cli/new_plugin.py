"""``policybench new-plugin``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from policybench.scaffold.project import Kind


@click.group("new-plugin")
def new_plugin_command() -> None:
    """Write a new plugin that installs, runs and conforms.

    It is a small distribution with an example that you replace by your own: announcement, class, tests, README.
    """


def _place(command: Callable[..., None]) -> Callable[..., None]:
    """The argument and the options that both kinds have."""
    for decorate in (
        click.option("--author", help="Who has written it; by default what git calls you."),
        click.option(
            "-o",
            "--out",
            type=click.Path(path_type=Path),
            default=Path(),
            help="Where the folder policybench-NAME is made; by default here.",
        ),
        click.argument("name"),
    ):
        command = decorate(command)
    return command


@new_plugin_command.command("principal")
@_place
def principal_command(**given: Any) -> None:
    """Write a principal.

    The example is a (1+1) evolution strategy. NAME is what users type: lower case, words joined by hyphens.
    """
    _write("principal", **given)


@new_plugin_command.command("environment")
@_place
@click.option("--pettingzoo", is_flag=True, help="A PettingZoo ParallelEnv, whose followers policybench brings.")
def environment_command(pettingzoo: bool, **given: Any) -> None:
    """Write an environment.

    The example is a small game with followers that learn. NAME is what users type: lower case, words joined by
    hyphens. With --pettingzoo it is a PettingZoo game, whose followers policybench brings; this needs torch.
    """
    _write("pettingzoo" if pettingzoo else "environment", **given)


def _write(kind: Kind, *, name: str, out: Path, author: str | None) -> None:
    import shlex

    from policybench.scaffold.author import check_author, usual_author
    from policybench.scaffold.names import check_name
    from policybench.scaffold.project import Project
    from policybench.scaffold.writing import write_folder

    project = Project(kind, check_name(name), usual_author() if author is None else check_author(author))
    folder, files = out / project.names.distribution, project.files()
    write_folder(folder, files)
    click.echo(f"Wrote {folder}:\n")
    click.echo("".join(f"  {path}\n" for path in files))
    click.echo(project.next_steps(shlex.quote(str(folder))), nl=False)
