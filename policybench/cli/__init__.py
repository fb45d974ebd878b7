"""The command line: one file a command; what takes long to import is imported inside the commands."""

from __future__ import annotations

import os
import sys
import warnings

import click

from policybench import __version__
from policybench.cli.check_plugin import check_plugin_command
from policybench.cli.compare import compare_command
from policybench.cli.landscape import landscape_command
from policybench.cli.leaderboard import leaderboard_command
from policybench.cli.listing import list_command
from policybench.cli.new_plugin import new_plugin_command
from policybench.cli.plot import plot_command
from policybench.cli.plugin_commands import ExtensibleGroup
from policybench.cli.reference import reference_command
from policybench.cli.render import render_command
from policybench.cli.report import report_command
from policybench.cli.results import results_command
from policybench.cli.run import run_command
from policybench.cli.show import show_command
from policybench.errors import InputError, StopRunError


@click.group(
    cls=ExtensibleGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(__version__, prog_name="policybench")
def cli() -> None:
    """Benchmark AI policymakers: which method designs policy best, and from how few samples?

    Begin with: policybench run --principal ucb --env harvest
    """


for command in (
    run_command,
    results_command,
    compare_command,
    plot_command,
    report_command,
    landscape_command,
    leaderboard_command,
    list_command,
    show_command,
    render_command,
    reference_command,
    new_plugin_command,
    check_plugin_command,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line.

    Wrong input ends in one line and status 2, a run that cannot go on now in status 3, an interruption in 130.
    """
    warnings.showwarning = _show_warning  # type: ignore[assignment]
    os.environ["MPLBACKEND"] = "agg"  # figures go to files; a notebook's backend would not even import here
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
    except (InputError, click.ClickException) as error:
        text = error.format_message() if isinstance(error, click.ClickException) else str(error)
        _fail(" ".join(text.split()), 2)
    except StopRunError as error:
        _fail(f"{' '.join(str(error).split())}; everything is kept, the same command continues", 3)
    except (click.Abort, KeyboardInterrupt):
        _fail("interrupted; nothing is lost, the same command continues", 130)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        if isinstance(error, _WRONG_PLACE) and error.filename:
            _fail(f"{where}{error.strerror}; name a place that can be read and written", 2)
        _fail(f"{where}{error.strerror or error}; what a run had finished is kept, give the command again", 1)


_WRONG_PLACE = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)
"""What an unsuitable path of the user's leads to."""


def _fail(message: str, status: int) -> None:
    click.echo(f"policybench: {message}", err=True)
    sys.exit(status)


def _show_warning(message: Warning | str, category: type[Warning], *_place: object) -> None:
    click.echo(f"policybench: {category.__name__}: {message}", err=True)
