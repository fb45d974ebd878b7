"""The command line: one file per command; what takes long to import is imported inside the commands.

Each of these files is the command of its name: ``run``, ``suite``, ``merge``, ``results``, ``export``,
``compare``, ``plot``, ``report``, ``landscape``, ``leaderboard``, ``show``, ``render``, ``reference``,
``new_plugin`` and ``check_plugin``; ``listing`` is ``policybench list``. ``plugin_commands`` adds the commands of
plugins. ``once`` refuses an option that is given twice, ``refusals`` words what click refuses, and
``interruptions`` says what Ctrl-C and full disks mean. ``tables`` and ``paper_tables`` print results,
``landscape_text`` prints landscapes, and ``layout`` fits text into 80 columns.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import warnings
from pathlib import Path

import click

from policybench.blame import keep_traceback
from policybench.cli.check_plugin import check_plugin_command
from policybench.cli.compare import compare_command
from policybench.cli.export import export_command
from policybench.cli.interruptions import StoppedError
from policybench.cli.landscape import landscape_command
from policybench.cli.leaderboard import leaderboard_command
from policybench.cli.listing import list_command
from policybench.cli.merge import merge_command
from policybench.cli.new_plugin import new_plugin_command
from policybench.cli.plot import plot_command
from policybench.cli.plugin_commands import ExtensibleGroup
from policybench.cli.reference import reference_command
from policybench.cli.refusals import as_line
from policybench.cli.render import render_command
from policybench.cli.report import report_command
from policybench.cli.results import results_command
from policybench.cli.run import run_command
from policybench.cli.show import show_command
from policybench.cli.suite import suite_command
from policybench.errors import ContractError, InputError, PluginError, StopRunError


@click.group(
    cls=ExtensibleGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(package_name="policybench", prog_name="policybench")
def cli() -> None:
    """Benchmark AI policymakers: which method designs policy best, and from how few samples?

    Begin with: policybench run --principal ucb --env harvest
    """


for command in (
    run_command,
    suite_command,
    merge_command,
    results_command,
    compare_command,
    export_command,
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

    Wrong input ends in one line and status 2, a plugin that fails in one line and status 1, a run that cannot go
    on now in status 3, an interruption in 130.
    """
    warnings.showwarning = _show_warning  # type: ignore[assignment]
    _show_log()
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
    except StoppedError as error:
        _fail(error.format_message(), error.status)
    except (InputError, click.ClickException) as error:
        _fail(as_line(error) if isinstance(error, click.ClickException) else str(error), 2)
    except StopRunError as error:
        _fail(f"{error}; everything is kept, the same command continues", 3)
    except (PluginError, ContractError) as error:
        _fail(f"{error}{_traceback_of(error)}", 1)
    except click.Abort as error:
        # Click takes the end of an input for an interruption.
        if isinstance(error.__cause__, EOFError):
            raise error.__cause__ from None
        _fail("interrupted", 130)
    except KeyboardInterrupt:
        _fail("interrupted", 130)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        if isinstance(error, _WRONG_PLACE) and error.filename:
            _fail(f"{where}{error.strerror}; name a place that can be read and written", 2)
        _fail(f"{where}{error.strerror or error}", 1)


_WRONG_PLACE = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)
"""What an unsuitable path of the user's leads to."""


def _fail(message: str, status: int) -> None:
    click.echo(f"policybench: {' '.join(message.split())}", err=True)
    sys.exit(status)


def _traceback_of(error: PluginError | ContractError) -> str:
    """Where the traceback of a plugin's exception is kept, if that was not said before."""
    if isinstance(error, ContractError) or isinstance(error.__cause__, PluginError):
        return ""
    descriptor, name = tempfile.mkstemp(prefix="policybench-traceback-", suffix=".txt", text=True)
    os.close(descriptor)
    keep_traceback(error, Path(name))
    return f"; its traceback is in {name}"


def _show_warning(message: Warning | str, category: type[Warning], *_place: object) -> None:
    click.echo(f"policybench: {category.__name__}: {message}", err=True)


class _ToStandardError(logging.Handler):
    """Shows what the package logs, wherever standard error goes at that time: a progress bar may redirect it."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(f"policybench: {record.getMessage()}", err=True)


def _show_log() -> None:
    logger = logging.getLogger("policybench")
    logger.setLevel(logging.INFO)
    logger.addHandler(_ToStandardError())
