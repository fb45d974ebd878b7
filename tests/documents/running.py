"""Runs a document's commands as its remarks want it."""

from __future__ import annotations

import itertools
import re
import shlex

import click
from documents.patterns import is_pattern
from documents.programs import program_of
from documents.remarks import Remark
from documents.shell import Command, read_commands
from documents.usage import is_name
from documents.workplace import Workplace

from policybench.cli import cli
from policybench.errors import InputError


def run_commands(source: str, remark: Remark | None, place: Workplace) -> None:
    """Run the commands of a block or of a line.

    Args:
        source: the commands.
        remark: how to run them; None: as they stand.
        place: where.

    Raises:
        Exception: whatever is wrong with them.
    """
    commands = read_commands(source)
    if remark is not None and remark.kind in ("run", "not run"):
        for command in commands:
            _check(command, place)
        commands = read_commands(remark.text) if remark.kind == "run" else []
    if remark is not None and remark.kind == "run with":
        options = remark.text
        commands = [_with(each, options) if takes_options(each, options, place) else each for each in commands]
    for command in commands:
        if is_pattern(command.words):
            _check(command, place)
        else:
            program_of(command).run(command, place)


def run_mentioned(source: str, remark: Remark | None, place: Workplace) -> None:
    """Run what a text mentions, as ``run_commands`` does; a command's name alone is only checked."""
    [command] = read_commands(source)
    if command.program == "policybench" and not is_pattern(command.words) and is_name(cli, command.words[1:]):
        return
    run_commands(source, remark, place)


def _check(command: Command, place: Workplace) -> None:
    with place.entered():
        program_of(command).check(command)


def takes_options(command: Command, options: str, place: Workplace) -> bool:
    """Whether a command is one of those to which ``run with`` adds these options."""
    if command.program not in ("policybench", "python"):
        return False
    try:
        _check(_with(command, options), place)
    except click.NoSuchOption:
        return False
    except (click.UsageError, InputError):
        return True  # whatever else is wrong is found when it runs
    return True


def _with(command: Command, options: str) -> Command:
    """The command with these options, which replace its own of the same name."""
    text, given = command.text, shlex.split(options)
    for word, value in itertools.pairwise([*given, "--"]):
        if word.startswith("--"):
            text = re.sub(rf"\s{word}\b" + ("" if value.startswith("-") else r"[=\s]\s*\S+"), "", text)
    return Command(f"{text} {options}", (*shlex.split(text, comments=True), *given))
