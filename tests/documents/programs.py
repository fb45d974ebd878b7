"""What the words of a command mean here: how each program that documents call is checked, and how it is run."""

from __future__ import annotations

import importlib
import re
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
from click.testing import CliRunner
from documents.continuous_integration import (
    ROOT,
    check_called,
    check_environment,
    check_install,
    check_own_names,
    missing_here,
)
from documents.shell import Command
from documents.usage import check_usage
from documents.workplace import Workplace

from policybench.cli import cli


@dataclass(frozen=True)
class Program:
    """How a command is held against what there is, and how it is run in a workplace; both raise if it is wrong."""

    check: Callable[[Command], None]
    run: Callable[[Command, Workplace], None]


def program_of(command: Command) -> Program:
    """The program that a command calls; whatever is not known here is the shell's."""
    return _PROGRAMS.get(command.program, _SHELL)


def _only_checked(check: Callable[[tuple[str, ...]], None]) -> Program:
    """What continuous integration itself does, and which is therefore not done once more."""
    return Program(lambda command: check(command.words), lambda command, _: check(command.words))


def _invoke(program: click.Command, words: tuple[str, ...], place: Workplace) -> None:
    with place.at_work():
        result = CliRunner().invoke(program, list(words))
        if result.exit_code:
            raise AssertionError(f"{result.output}{result.exception!r}") from result.exception


def _in_shell(text: str, place: Workplace) -> None:
    shell = ["bash", "-euo", "pipefail", "-c", text]
    with place.at_work():
        done = subprocess.run(shell, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}{done.stderr}"


def _check_policybench(command: Command) -> None:
    check_usage(cli, command.words[1:])


def _run_policybench(command: Command, place: Workplace) -> None:
    _invoke(cli, command.words[1:], place)


def _main_of(command: Command) -> click.Command | None:
    """The command line of ``python -m MODULE``, where the module is one of the project's, and uses click."""
    if command.words[1] != "-m" or not command.words[2].startswith("policybench"):
        return None
    main = getattr(importlib.import_module(command.words[2]), "main", None)
    return main if isinstance(main, click.Command) else None


def _check_python(command: Command) -> None:
    if command.words[1:3] == ("-m", "venv"):
        check_environment(command.words)
    elif main := _main_of(command):
        check_usage(main, command.words[3:])
    elif command.words[1].endswith(".py"):
        assert (ROOT / command.words[1]).is_file(), f"{command.words[1]}: no such file"


def _run_python(command: Command, place: Workplace) -> None:
    if command.words[1:3] == ("-m", "venv"):
        check_environment(command.words)
    elif main := _main_of(command):
        _invoke(main, command.words[3:], place)
    else:
        script = next((word for word in command.words if word.endswith(".py")), "")
        own = (ROOT / script).is_file() and not (place.folder / script).exists()
        _in_shell(command.text.replace(script, shlex.quote(str(ROOT / script)), 1) if own else command.text, place)


def _run_pip(command: Command, place: Workplace) -> None:
    rest = []
    for word in command.words:
        name = re.sub(r"\[.*\]$", "", word)
        # A project that the document shows, the one that it belongs to, or one of the repository.
        found = [folder / name for folder in (place.folder, place.beside, ROOT) if _is_project(folder / name)]
        if found and word != command.program:
            place.install(found[0], editable="-e" in command.words)
        elif name not in place.projects:
            rest.append(word)
    if len(rest) == len(command.words):
        check_install(command.words)
        place.missing += missing_here(command.words)


def _check_pip(command: Command) -> None:
    check_own_names(command.words)


def _is_project(folder: Path) -> bool:
    return (folder / "pyproject.toml").is_file()


def _check_pytest(command: Command) -> None:
    for word in command.words[1:]:
        assert word.startswith("-") or "/" not in word or (ROOT / word).exists(), f"{word}: no such file or folder"
    check_called(("pytest", "-n", "2", "--dist", "loadfile"))


def _run_pytest(command: Command, place: Workplace) -> None:
    if any(place.folder.rglob("test_*.py")):
        _in_shell(command.text, place)
    else:
        _check_pytest(command)


def _run_cd(command: Command, place: Workplace) -> None:
    folder = place.folder / command.words[1]
    assert folder.is_dir(), f"{command.words[1]}: no such folder"
    place.folder = folder


def _run_export(command: Command, place: Workplace) -> None:
    place.environ.update(word.split("=", 1) for word in command.words[1:])


def _check_nothing(command: Command) -> None:
    """Nothing is known of such commands but what running them shows."""


_SHELL = Program(_check_nothing, lambda command, place: _in_shell(command.text, place))
_PYTHON = Program(_check_python, _run_python)
_PROGRAMS = {
    "policybench": Program(_check_policybench, _run_policybench),
    "python": _PYTHON,
    "python3": _PYTHON,
    "pip": Program(_check_pip, _run_pip),
    "pytest": Program(_check_pytest, _run_pytest),
    "cd": Program(_check_nothing, _run_cd),
    "export": Program(_check_nothing, _run_export),
    ".": _only_checked(check_environment),
    "ruff": _only_checked(check_called),
    "mypy": _only_checked(check_called),
}
